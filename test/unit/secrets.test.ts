import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { awsEnvironment } from "../../functions/shared/aws-environment.ts";
import { readSecret } from "../../functions/shared/database/secrets.ts";
import { startFaultServer } from "../fixtures/stubs/fault-server.ts";

const ARN = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:a-AbCdEf";

/** Reads a secret from a stand-in that gives these responses in turn, the last one again and again. */
async function read(
  t: TestContext,
  responses: readonly [status: number, body: object][],
): Promise<{ secret: Promise<string>; asked: () => number }> {
  let asked = 0;
  const server = await startFaultServer(async () => {
    const [status, body] = responses[Math.min(asked++, responses.length - 1)]!;
    return { answer: { status, headers: { "content-type": "application/json" }, body: Buffer.from(JSON.stringify(body)) }, faults: [] };
  });
  t.after(() => server.stop());
  const secret = readSecret(
    ARN,
    awsEnvironment({
      AWS_ACCESS_KEY_ID: "AKIDEXAMPLE",
      AWS_SECRET_ACCESS_KEY: "secret",
      AWS_ENDPOINT_URL_SECRETS_MANAGER: server.url,
    }),
  );
  return { secret, asked: () => asked };
}

test("a Secrets Manager that is overloaded for a moment is asked again", async (t) => {
  const { secret, asked } = await read(t, [
    [500, {}],
    [429, {}],
    [200, { SecretString: "text" }],
  ]);
  assert.equal(await secret, "text");
  assert.equal(asked(), 3);
});

test("one that stays down is an error after four attempts, and a refusal after one", async (t) => {
  const down = await read(t, [[503, {}]]);
  await assert.rejects(down.secret, { code: "SECRET_UNREADABLE", message: /HTTP status 503/ });
  assert.equal(down.asked(), 4);
  const refused = await read(t, [[400, { __type: "AccessDeniedException", Message: "no" }]]);
  await assert.rejects(refused.secret, { code: "SECRET_UNREADABLE", message: /AccessDeniedException no/ });
  assert.equal(refused.asked(), 1);
});
