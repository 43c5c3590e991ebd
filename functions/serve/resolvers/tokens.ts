import { assetText, NATIVE_ASSET } from "../../shared/columns/asset.ts";
import type { ContractFunction } from "../../shared/columns/contract-functions.ts";
import { badInput, invalidAddress } from "../errors/client-errors.ts";
import type { Loaders } from "../loaders/loaders.ts";
import { contractNode, type TokenNode, tokenNode } from "../nodes/token.ts";
import { connection } from "../pagination/connection.ts";
import { compareTokens, decodeHolderCursor, decodeTokenCursor, encodeCursor, tokenCursor } from "../pagination/cursors.ts";
import { readPage } from "../pagination/page.ts";
import { pageOf } from "../pagination/page-of.ts";
import type { ContractRow } from "../queries/contracts.ts";
import { inspected } from "../queries/inspected.ts";
import type { HolderRow } from "../queries/token-holders.ts";
import type { FoundToken } from "../queries/token-search.ts";
import { type AccountKey, accountOf, addressText } from "../values/addresses.ts";
import { assetContract } from "../values/asset-contract.ts";
import { ASSET_FUNCTIONS } from "../values/asset-functions.ts";
import { type TokenName, tokenName } from "../values/token-names.ts";
import type { ContractFunctionResolvers, ContractResolvers, QueryResolvers, TokenResolvers } from "./resolver-types.generated.ts";

/** Characters of a search at most; the longest id of a token has 69. */
const LONGEST_SEARCH = 100;

type NamedToken = Exclude<TokenName, { kind: "pool" }>;

/** The token that a text names; null: it names none, or a pool. */
function namedToken(text: string): NamedToken | null {
  const name = tokenName(text);
  return name === null || name.kind === "pool" ? null : name;
}

/** The contract of a token. */
async function contractOf(name: NamedToken, loaders: Loaders): Promise<AccountKey> {
  if (name.kind === "contract") return name.contract;
  const asset = name.kind === "native" ? NATIVE_ASSET : assetText(name.code, name.issuer);
  return accountOf(assetContract(await loaders.networkPassphrase(), asset))!;
}

/** What `tokenNode` or `contractNode` makes of a contract. */
async function load<Node>(
  contract: AccountKey,
  loaders: Loaders,
  node: (contractId: string, row: ContractRow, isNative: boolean) => Node,
): Promise<Node> {
  const [row, passphrase] = await Promise.all([loaders.tokens.facts(contract), loaders.networkPassphrase()]);
  return node(contract.text, row, contract.text === assetContract(passphrase, NATIVE_ASSET));
}

export const tokenQueries: Pick<QueryResolvers, "token" | "tokens" | "contract"> = {
  async token(_root, { id }, { loaders }) {
    const name = namedToken(id);
    if (name === null) throw badInput("invalid token: must be a contract address (C...), native or CODE:ISSUER");
    return load(await contractOf(name, loaders), loaders, tokenNode);
  },

  async tokens(_root, args, { loaders }) {
    const page = readPage(args, decodeTokenCursor);
    const search = args.search.trim();
    // oxlint-disable-next-line no-control-regex
    if (search === "" || search.length > LONGEST_SEARCH || /[\0-\x1f]/.test(search))
      throw badInput(`search must have 1 to ${LONGEST_SEARCH} characters that can be printed`);
    const name = namedToken(search);
    if (name !== null) {
      const node = await load(await contractOf(name, loaders), loaders, tokenNode);
      const edges = node === null ? [] : [{ node, place: { key: "", tie: node.contractId, code: "" } }];
      const found = pageOf(edges, page, ({ place }, cursor) => compareTokens(place, cursor));
      return connection(found, page, ({ node: token, place }) => ({ node: token, cursor: tokenCursor(place) }));
    }
    const text = search.toWellFormed().replaceAll(/[A-Z]+/g, (capitals) => capitals.toLowerCase());
    const { rows, stop } = inspected(await loaders.tokens.search(text, page), (row): row is Stop => row.kind === "STOP");
    const nodes = await Promise.all(
      rows.map(async (found) =>
        load(await contractOf(foundToken(found), loaders), loaders, (id, row, isNative) => tokenNode(id, withAsset(row, found), isNative)!),
      ),
    );
    const found = rows.map((place, at) => ({ node: nodes[at]!, cursor: tokenCursor(place) }));
    return connection(found, page, (edge) => edge, stop && tokenCursor(stop));
  },

  contract(_root, { id }, { loaders }) {
    const contract = accountOf(id);
    if (contract === null || !contract.isContract) throw invalidAddress(id, undefined, "contract (C...) address");
    return load(contract, loaders, contractNode);
  },
};

type Stop = FoundToken & { kind: "STOP" };

function foundToken({ kind, tie, code }: FoundToken): NamedToken {
  if (kind === "NATIVE") return { text: NATIVE_ASSET, kind: "native" };
  if (kind === "ASSET") return { text: assetText(code, tie), kind: "asset", code, issuer: tie };
  return { text: tie, kind: "contract", contract: accountOf(tie)! };
}

/** What is known of a contract, with the asset by which it was found: a row of the asset need not name its contract. */
function withAsset(row: ContractRow, { kind, tie: issuer, code }: FoundToken): ContractRow {
  return kind === "ASSET" ? { ...row, is_asset: true, code, issuer } : row;
}

type StoppedHolders = HolderRow & { balance: null };

const holderCursor = ({ account_id }: HolderRow): string => encodeCursor(`v1:${addressText(account_id)}`);

export const token: TokenResolvers = {
  async holders({ held }: TokenNode, args, { loaders }) {
    const page = readPage(args, decodeHolderCursor);
    const all = held === null ? [] : await loaders.tokens.holders(held, page);
    const { rows, stop } = inspected(all, (row): row is StoppedHolders => row.balance === null);
    const edge = (row: HolderRow) => ({
      node: {
        address: addressText(row.account_id),
        balance: row.balance!,
        source: row.read_from,
        asOfLedger: row.as_of,
        isArchived: row.is_archived,
        lastModifiedLedger: row.last_modified_ledger,
      },
      cursor: holderCursor(row),
    });
    return connection(rows, page, edge, stop && holderCursor(stop));
  },
};

export const contract: ContractResolvers = {
  async functions({ kind, code }, _args, { loaders }) {
    if (kind === "SAC" || kind === "NATIVE") return [...ASSET_FUNCTIONS];
    const text = code === null ? null : await loaders.tokens.functions.load({ id: code });
    return typeof text === "string" ? (JSON.parse(text) as ContractFunction[]) : null;
  },
};

export const contractFunction: ContractFunctionResolvers = {
  // Have resolvers, so that they are charged by their number; what is given back also by its length.
  inputs: ({ inputs }) => inputs,
  outputs({ outputs }, _args, { budget }) {
    budget.send(
      0,
      outputs.reduce((sum, type) => sum + type.length, 0),
    );
    return outputs;
  },
};
