import type { HttpResponse } from "../../functions/serve/http/response.ts";
import type { Explorer } from "../../functions/serve/http/route.ts";
import type { HttpRequest } from "../../functions/serve/http/request.ts";

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
    request.path === "/graphql/query" && wantsGraphiql(request) ? graphiqlResponse(request.path, account ?? SOME_ACCOUNT) : null;
}

/** A browser that asks for a page, not for data? GraphiQL writes the query that is edited into its address. */
function wantsGraphiql(request: HttpRequest): boolean {
  return request.method === "GET" && (request.headers.accept ?? "").includes("text/html");
}

/**
 * Runs in the page before GraphiQL. That opens one more tab unless the query it begins with is a tab's, and remembers tabs but not
 * which query to begin with: it is told the active one. An address with a query of nobody's tab, a link, is left alone.
 */
const RESTORE_TAB = `<script>
  try {
    const { tabs, activeTabIndex } = JSON.parse(localStorage.getItem("graphiql:tabState"));
    const active = tabs[activeTabIndex];
    const address = new URL(location.href);
    const asked = address.searchParams.get("query");
    if (asked === null || tabs.some(({ query }) => query === asked)) {
      for (const name of ["query", "variables", "headers"]) {
        if (active[name] === null) localStorage.removeItem("graphiql:" + name);
        else localStorage.setItem("graphiql:" + name, active[name]);
      }
      address.searchParams.delete("query");
      history.replaceState({}, "", address);
    }
  } catch {
    // The first visit, or tabs that cannot be read: GraphiQL begins anew.
  }
</script>
`;
const ROOT = '<div id="root"></div>';

/** GraphiQL with everything it needs in one page, so it works offline. A dev dependency, loaded only when asked for. */
async function graphiqlResponse(endpoint: string, account: string): Promise<HttpResponse> {
  const { renderGraphiQL } = await import("@graphql-yoga/render-graphiql");
  const page = renderGraphiQL({ endpoint, title: "Stellar wallet backend", defaultQuery: examples(account) });
  const body = page.replace(ROOT, () => `${RESTORE_TAB}${ROOT}`);
  return { status: 200, headers: { "content-type": "text/html; charset=utf-8" }, body };
}
