import type { HttpAnswer } from "./answer.ts";
import type { Explorer } from "../serve.ts";
import type { HttpRequest } from "./request.ts";

/** Shown where no account is known to have rows. */
const SOME_ACCOUNT = "GDFJPAISZIN33SX2YIY3HGRD3RG2PBXP7AKHYTTSXGAHPBNP5ZELXIPR";

const examples = (account: string): string => `# Examples. Press Ctrl-Enter to run one; put an address of your own in.
query Balances {
  accountByAddress(address: "${account}") {
    balances(first: 50) {
      edges { node { __typename balance tokenId tokenType } }
      pageInfo { endCursor hasNextPage }
    }
  }
}

query History {
  accountByAddress(address: "${account}") {
    transactions(last: 10) {
      edges { node { hash ledgerCreatedAt resultCode } operations { id type successful } stateChanges { category reason } }
      pageInfo { startCursor hasPreviousPage }
    }
  }
}

query Changes {
  accountByAddress(address: "${account}") {
    stateChanges(last: 20, filter: { category: BALANCE }) {
      edges { node { reason ledgerCreatedAt ... on BalanceChange { tokenId amount } transaction { hash } } }
    }
  }
}
`;

/** GraphiQL at the API's own address, for browsers. @param account the one in the example queries; null: any */
export function graphiql(account: string | null): Explorer {
  return (request) =>
    request.path === "/graphql/query" && wantsGraphiql(request) ? graphiqlAnswer(request.path, account ?? SOME_ACCOUNT) : null;
}

/** A browser that asks for a page, not for data? */
function wantsGraphiql(request: HttpRequest): boolean {
  return request.method === "GET" && request.query === "" && (request.headers.accept ?? "").includes("text/html");
}

/** GraphiQL with everything it needs in one page, so it works offline. A dev dependency, loaded only when asked for. */
async function graphiqlAnswer(endpoint: string, account: string): Promise<HttpAnswer> {
  const { renderGraphiQL } = await import("@graphql-yoga/render-graphiql");
  const body = renderGraphiQL({ endpoint, title: "Stellar wallet backend", defaultQuery: examples(account) });
  return { status: 200, headers: { "content-type": "text/html; charset=utf-8" }, body };
}
