import { NETWORK_PASSPHRASES } from "../../functions/shared/network.ts";
import { formatValue } from "../../functions/shared/variables.ts";
import { WalletError } from "../../functions/shared/errors.ts";
import { FUNCTION_VARIABLES, type FunctionEnvironment, type FunctionName } from "../../lib/functions/environment.ts";

/** A template's variables of a function; values may hold CloudFormation's intrinsic functions. */
type TemplateVariables = Readonly<Record<string, unknown>>;

/** What this machine has instead of the cloud. */
export interface LocalParts {
  /** Of the network whose ledgers are ingested. */
  passphrase: string;
  /** First of these ledgers. */
  firstLedger: number;
  /** The stand-in for the ledger lake's bucket. */
  lake: { url: string; bucketPath: string };
  /** Public key of the client that sends the signed queries. */
  clientKey: string;
}

/** Variables of a template that Node reads, not the function. */
const NODES_OWN: ReadonlySet<string> = new Set(["NODE_OPTIONS"]);

/**
 * Checks the names of a template's variables against the function's record.
 * @throws WalletError REHEARSAL_FAILED for a name that the function does not read, and for a required one that is missing
 */
function checkVariables(name: FunctionName, template: TemplateVariables): void {
  const record = FUNCTION_VARIABLES[name];
  const unknown = Object.keys(template).filter((variable) => !Object.hasOwn(record, variable) && !NODES_OWN.has(variable));
  const missing = Object.entries(record).flatMap(([variable, { required }]) => (required && !(variable in template) ? [variable] : []));
  const faults = [
    ...unknown.map((variable) => `sets ${variable}, which the function does not read`),
    ...missing.map((variable) => `does not set ${variable}`),
  ];
  if (faults.length > 0)
    throw new WalletError(
      "REHEARSAL_FAILED",
      `The template of the ${name} function ${faults.join(", ")}. See functions/${name}/environment.ts.`,
    );
}

/** What must differ from the template on this machine, and why; undefined: unset. Everything else is as the template has it. */
function differences(template: TemplateVariables, parts: LocalParts): { [Name in FunctionName]: Partial<FunctionEnvironment<Name>> } {
  const { passphrase, firstLedger, lake, clientKey } = parts;
  const deployed: string | undefined = NETWORK_PASSPHRASES[template.NETWORK as keyof typeof NETWORK_PASSPHRASES];
  // The ledgers may be of another network than the deployment's.
  const network = deployed === passphrase ? {} : { NETWORK: undefined, NETWORK_PASSPHRASE: passphrase };
  return {
    migrate: {},
    ingest: {
      ...network,
      // The lake is a folder of this machine, under the bucket's own name; there is no RPC server.
      DATASTORE_ENDPOINT_URL: lake.url,
      DATASTORE_BUCKET_PATH: lake.bucketPath,
      RPC_URL: undefined,
      // So is the test network's.
      TESTNET_LAKE_URL: `${lake.url}/${lake.bucketPath}`,
      // A deployment begins with the newest ledger; here the whole chain is ingested and looked at.
      START_LEDGER: firstLedger,
      // The chain is at its end: to wait for its next ledger would only take time.
      INGEST_TAIL_SECONDS: 0,
    },
    serve: {
      ...network,
      // The secret keys of the deployment's clients are not here.
      CLIENT_AUTH_PUBLIC_KEYS: [clientKey],
    },
  };
}

/**
 * A function's variables as it gets them in a rehearsal.
 * @param resolve gives the text of a template's value
 * @throws WalletError REHEARSAL_FAILED as `checkVariables`
 */
export function localVariables(
  name: FunctionName,
  template: TemplateVariables,
  parts: LocalParts,
  resolve: (value: unknown) => string,
): Record<string, string> {
  checkVariables(name, template);
  const changed = differences(template, parts)[name];
  const kept = Object.entries(template).filter(([variable]) => !(variable in changed));
  const given = Object.entries<Parameters<typeof formatValue>[0] | undefined>(changed).filter(([, value]) => value !== undefined);
  return Object.fromEntries([
    ...kept.map(([variable, value]) => [variable, resolve(value)] as const),
    ...given.map(([variable, value]) => [variable, formatValue(value!)] as const),
  ]);
}
