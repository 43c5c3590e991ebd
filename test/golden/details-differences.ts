/** A member of an operation's details that only we, or only Horizon has. Every other member is the same on both sides. */
interface DetailsDifference {
  /** Horizon's name of the operation's type. */
  type: string;
  member: string;
  /** Who has it. */
  only: "us" | "Horizon";
  /** In which transactions; absent: in all. */
  successful?: boolean;
  reason: string;
}

/** Where our details differ from Horizon's on purpose. One that no operation of the shared ledgers has is stale and fails the suite. */
export const DETAILS_DIFFERENCES: readonly DetailsDifference[] = [
  {
    type: "invoke_host_function",
    member: "contract_id",
    only: "us",
    reason: "Horizon has the called contract as XDR, the first of its parameters",
  },
  {
    type: "invoke_host_function",
    member: "function_name",
    only: "us",
    reason: "Horizon has the called function as XDR, the second of its parameters",
  },
  { type: "invoke_host_function", member: "arguments", only: "us", reason: "Horizon has the arguments as XDR, the other parameters" },
  { type: "invoke_host_function", member: "authorizers", only: "us", reason: "Horizon leaves out whose credentials a call carries" },
  {
    type: "invoke_host_function",
    member: "asset_balance_changes",
    only: "Horizon",
    successful: true,
    reason: "which assets moved is in the operation's state changes: the history knows them by their contracts, not by code and issuer",
  },
  {
    type: "create_claimable_balance",
    member: "balance_id",
    only: "us",
    successful: true,
    reason: "Horizon has it in the operation's effects alone",
  },
];
