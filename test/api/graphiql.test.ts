import assert from "node:assert/strict";
import { after, test } from "node:test";
import { runInNewContext } from "node:vm";
import { startServer } from "../../bin/local-server/local-server.ts";

const NOWHERE = "postgres://nobody@127.0.0.1:1/none";
const server = await startServer({ databaseUrl: NOWHERE, graphiql: true, exampleAccount: "GEXAMPLE", port: 0 });
const plain = await startServer({ databaseUrl: NOWHERE, port: 0 });
after(async () => {
  await server.close();
  await plain.close();
});

const BROWSER = { accept: "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8" };
const get = (url: string, headers: Record<string, string> = BROWSER): Promise<Response> => fetch(url, { headers });

test("a browser gets the page, also at the address that GraphiQL writes a query into; who asks for data gets data", async () => {
  for (const query of ["", "?query=%7B__typename%7D", "?query=%23x"]) {
    const page = await get(`${server.url}/graphql/query${query}`);
    assert.deepEqual([page.status, page.headers.get("content-type")], [200, "text/html; charset=utf-8"]);
  }
  const data = await get(`${server.url}/graphql/query?query=%7B__typename%7D`, { accept: "application/json" });
  assert.deepEqual(((await data.json()) as { data: unknown }).data, { __typename: "Query" });
  const deployed = await get(`${plain.url}/graphql/query?query=%7B__typename%7D`);
  assert.match(deployed.headers.get("content-type")!, /json/);
});

test("the page needs no other host, and names the account in its examples", async () => {
  const page = await (await get(`${server.url}/graphql/query`)).text();
  assert.doesNotMatch(page, /<(script|link|img|iframe)\b[^>]*\b(src|href)="(https?:)?\/\//);
  assert.ok(page.includes('address: \\"GEXAMPLE\\"'));
});

interface Tab {
  query: string | null;
  variables: string | null;
  headers: string | null;
}

/** What the page's own script makes of remembered tabs and an address. */
async function restored(tabs: Tab[] | "unreadable" | null, activeTabIndex: number, address: string) {
  const page = await (await get(`${server.url}/graphql/query`)).text();
  const script = /<script>((?:(?!<script>)[^])*?graphiql:tabState[^]*?)<\/script>\s*<div id="root">/.exec(page)?.[1];
  assert.ok(script, "the script stands before GraphiQL's root");
  const stored = new Map<string, string>([["graphiql:variables", "stale"]]);
  if (tabs !== null) stored.set("graphiql:tabState", tabs === "unreadable" ? "{" : JSON.stringify({ tabs, activeTabIndex }));
  let shown = address;
  runInNewContext(script, {
    URL,
    location: { href: address },
    history: { replaceState: (_state: object, _title: string, url: URL) => void (shown = url.href) },
    localStorage: {
      getItem: (name: string) => stored.get(name) ?? null,
      setItem: (name: string, value: string) => void stored.set(name, value),
      removeItem: (name: string) => void stored.delete(name),
    },
  });
  stored.delete("graphiql:tabState");
  return { shown, ...Object.fromEntries(stored) };
}

const HERE = "http://127.0.0.1:1/graphql/query";
const TABS: Tab[] = [
  { query: "{ a }", variables: null, headers: null },
  { query: "{ b }", variables: '{"x":1}', headers: "{}" },
];

test("a reload begins with the active tab, so that GraphiQL opens no other", async () => {
  const second = { "graphiql:query": "{ b }", "graphiql:variables": '{"x":1}', "graphiql:headers": "{}" };
  assert.deepEqual(await restored(TABS, 0, HERE), { shown: HERE, "graphiql:query": "{ a }" });
  assert.deepEqual(await restored(TABS, 1, HERE), { shown: HERE, ...second });
  // The address still has what was edited in the other tab.
  assert.deepEqual(await restored(TABS, 1, `${HERE}?query=%7B+a+%7D`), { shown: HERE, ...second });
});

test("a link with a query, and a first visit, are left alone", async () => {
  const link = `${HERE}?query=%7B+c+%7D`;
  const untouched = { "graphiql:variables": "stale" };
  assert.deepEqual(await restored(TABS, 0, link), { shown: link, ...untouched });
  assert.deepEqual(await restored(null, 0, HERE), { shown: HERE, ...untouched });
  assert.deepEqual(await restored("unreadable", 0, HERE), { shown: HERE, ...untouched });
  assert.deepEqual(await restored([], 0, HERE), { shown: HERE, ...untouched });
});
