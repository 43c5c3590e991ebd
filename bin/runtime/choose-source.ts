import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { readSourceEnvironment } from "../../functions/ingest/environment.ts";
import { findSource } from "../../functions/ingest/source/from-environment.ts";
import type { LedgerSource } from "../../functions/ingest/source/ledger-source.ts";
import type { SourceReport } from "../../functions/ingest/source/source-report.ts";
import { WalletError } from "../../functions/shared/errors.ts";
import type { Arguments } from "../cli/command.ts";
import { directoryNetwork } from "./directory-network.ts";
import { networkSettings } from "../simulated-network/network-settings.ts";

/** Where ledgers come from, and what follows from that. */
export interface ChosenSource {
  source: LedgerSource;
  passphrase: string;
  /** Where the embedded database of this source lives: one source, one database. */
  directory: string;
  /** An account to show in an example; null when none is known. */
  exampleAccount: string | null;
}

function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 8);
}

/** What an operator at a terminal wants to see of a live source. */
function printReport(report: SourceReport): void {
  const time = new Date().toISOString().slice(11, 19);
  process.stderr.write(
    report.type === "switch"
      ? `${time} source: ${report.source} from ledger ${report.ledger} on (${report.reason})\n`
      : `${time} source: ${report.source} is asked again (${report.reason})\n`,
  );
}

/**
 * The source that the options name: `--ledgers DIR`, else a live network (`--rpc-url`, `--datastore-bucket-path` or both), else
 * the sandbox (bin/simulated-network). A lake's directory names its network itself; `--network-passphrase` must then agree.
 * @param dataDirectory e.g. `.wallet`
 * @param live false: never a live network, whatever the environment says
 * @throws WalletError CONFIG_INVALID
 */
export async function chooseSource(args: Arguments, dataDirectory: string, live = true): Promise<ChosenSource> {
  const ledgers = args.text("ledgers");
  if (ledgers !== undefined) {
    const path = resolve(ledgers);
    if (!existsSync(path))
      throw new WalletError("CONFIG_INVALID", `There is no directory ${path}. Set --ledgers (LEDGERS) to one that has ledgers.`);
    const passphrase = await directoryNetwork(path, args.environment);
    return {
      source: findSource({
        ...readSourceEnvironment({ ...args.environment, NETWORK: undefined, NETWORK_PASSPHRASE: passphrase }),
        ledgers: path,
      })!,
      passphrase,
      directory: join(dataDirectory, `ledgers-${digest(path)}`),
      exampleAccount: null,
    };
  }
  const settings = live ? readSourceEnvironment(args.environment) : null;
  const source = settings && findSource(settings, printReport);
  if (source) {
    const { network, networkPassphrase } = settings;
    const name = network === "custom" ? `custom-${digest(networkPassphrase)}` : network;
    return { source, passphrase: networkPassphrase, directory: join(dataDirectory, name), exampleAccount: null };
  }
  const directory = join(dataDirectory, "sandbox");
  const network = networkSettings(directory, args.integer("close-seconds", 1) ?? 5);
  const [{ simulatedNetworkSource }, { cast }] = await Promise.all([
    import("../simulated-network/network-source.ts"),
    import("../simulated-network/script.ts"),
  ]);
  const [user] = cast(network.passphrase, network.seed).users;
  return { source: simulatedNetworkSource(network), passphrase: network.passphrase, directory, exampleAccount: user!.address };
}
