import type { OperationNode } from "../nodes/operation.ts";
import { StateChangeNode } from "../nodes/state-change.ts";
import type { AllowanceCursor, BalanceCursor, StateChangeCursor } from "../pagination/cursors.ts";
import type { Page } from "../pagination/page.ts";
import type { TimeRange } from "../pagination/time-range.ts";
import {
  type AccountStretch,
  type HistoryTable,
  type LinkRange,
  linksOfAccounts,
  operationLinksOfStretches,
} from "../queries/account-links.ts";
import { type BalanceRow, balancesOfAccounts } from "../queries/balances/page.ts";
import type { HistoryKey } from "../queries/days.ts";
import { type AllowanceRow, allowancesOfOwners } from "../queries/sep41-allowances.ts";
import { type StateChangeFilter, type StateChangeRow, stateChangesOfAccounts, stateChangesOfStretches } from "../queries/state-changes.ts";
import type { Snapshot } from "../database/snapshot.ts";
import { type AccountKey, isParticipant } from "../values/addresses.ts";
import { Batchers, group } from "./batcher.ts";
import type { Loaders } from "./loaders.ts";

interface KeyedAccount {
  id: string;
  account: AccountKey;
}

type KeyedStretch = AccountStretch & { id: string };

/**
 * Pages of accounts. Connections below a list of accounts, or of aliased accounts, ask with equal arguments: they load
 * together, in one statement a shape.
 */
export class AccountLoaders {
  readonly #snapshot: Snapshot;
  readonly #loaders: Pick<Loaders, "operations">;
  readonly #shapes = new Batchers();

  constructor(snapshot: Snapshot, loaders: Pick<Loaders, "operations">) {
    this.#snapshot = snapshot;
    this.#loaders = loaders;
  }

  /** Links of an account's transactions or operations, in the direction of travel. */
  links(table: HistoryTable, account: AccountKey, range: LinkRange): Promise<HistoryKey[]> {
    return this.#perAccount(`${table} ${JSON.stringify(range)}`, account, (accounts) =>
      linksOfAccounts(this.#snapshot, table, accounts, range),
    );
  }

  /** A page of an account's state changes, one more than asked for if there is one. */
  stateChanges(account: AccountKey, filter: StateChangeFilter, range: TimeRange, page: Page<StateChangeCursor>): Promise<StateChangeRow[]> {
    return this.#perAccount(`changes ${JSON.stringify([filter, range, page])}`, account, (accounts) =>
      stateChangesOfAccounts(this.#snapshot, accounts, filter, range, page),
    );
  }

  /** A page of an account's holdings. */
  balances(account: AccountKey, page: Page<BalanceCursor>): Promise<BalanceRow[]> {
    return this.#perAccount(`balances ${account.isContract} ${JSON.stringify(page)}`, account, (accounts) =>
      balancesOfAccounts(this.#snapshot, accounts, page),
    );
  }

  /** A page of an account's live approvals. */
  allowances(account: AccountKey, page: Page<AllowanceCursor>): Promise<AllowanceRow[]> {
    return this.#perAccount(`allowances ${JSON.stringify(page)}`, account, (accounts) =>
      allowancesOfOwners(this.#snapshot, accounts, page),
    );
  }

  /** An account's operations in a stretch of its history, newest first. */
  async operationsOfStretch(stretch: AccountStretch): Promise<OperationNode[]> {
    const batcher = this.#shapes.of<KeyedStretch, OperationNode[]>("stretch operations", async (keys) => {
      const links = await operationLinksOfStretches(this.#snapshot, keys);
      const byId = links.length === 0 ? new Map<string, OperationNode>() : await this.#loaders.operations.loadAll(links);
      const found = group(
        links,
        (link) => keys[link.ordinal - 1]!.id,
        (link) => byId.get(link.id),
      );
      return new Map(keys.map((key) => [key.id, descendingOf(key.account, found.get(key.id) ?? [])]));
    });
    return (await batcher.load({ ...stretch, id: stretchId(stretch) })) ?? [];
  }

  /** An account's state changes in a stretch of its history, newest first; those of the border ledgers may be too many. */
  async stateChangesOfStretch(stretch: AccountStretch): Promise<StateChangeNode[]> {
    const batcher = this.#shapes.of<KeyedStretch, StateChangeNode[]>("stretch changes", async (keys) =>
      group(
        await stateChangesOfStretches(this.#snapshot, keys),
        (row) => keys[row.ordinal - 1]!.id,
        (row) => new StateChangeNode(row),
      ),
    );
    return (await batcher.load({ ...stretch, id: stretchId(stretch) })) ?? [];
  }

  /** @param load gives rows that name their account by its place in the list, from 1 */
  async #perAccount<Row extends { ordinal: number }>(
    shape: string,
    account: AccountKey,
    load: (accounts: AccountKey[]) => Promise<Row[]>,
  ): Promise<Row[]> {
    const batcher = this.#shapes.of<KeyedAccount, Row[]>(shape, async (keys) =>
      group(
        await load(keys.map((key) => key.account)),
        (row) => keys[row.ordinal - 1]!.id,
        (row) => row,
      ),
    );
    return (await batcher.load({ id: account.column, account })) ?? [];
  }
}

function stretchId({ account, first, last }: AccountStretch): string {
  return `${account.column} ${first.id} ${last.id}`;
}

/** Links are found by 8 bytes of the address: operations of other accounts are dropped. */
function descendingOf(account: AccountKey, nodes: (OperationNode | undefined)[]): OperationNode[] {
  const own = new Set<OperationNode>();
  for (const node of nodes) if (node !== undefined && isParticipant(account, node.participants)) own.add(node);
  return [...own].sort((left, right) => (BigInt(left.id) < BigInt(right.id) ? 1 : -1));
}
