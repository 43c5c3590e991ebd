import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { LoginUser } from "../../functions/migrate/login-users.ts";

/** The two users that a deployment has. The owner is a superuser, whom no limit of connections holds. */
export type UserName = "ingest" | "serve";

const fileOf = (home: string, name: UserName): string => join(home, `pg-${name}-password`);

/** The users of an embedded server, with passwords that are made on first use. @param home the folder beside the data */
export function embeddedUsers(home: string): Record<UserName, LoginUser> {
  const user = (name: UserName): LoginUser => ({
    group: `wallet_${name}`,
    username: name,
    password: storedPassword(home, name) ?? newPassword(home, name),
  });
  return { ingest: user("ingest"), serve: user("serve") };
}

/** A user's password; null when it has none yet. */
export function storedPassword(home: string, name: UserName): string | null {
  const file = fileOf(home, name);
  const text = existsSync(file) ? readFileSync(file, "utf8") : "";
  return text === "" ? null : text;
}

function newPassword(home: string, name: UserName): string {
  const password = randomBytes(24).toString("hex");
  writeFileSync(fileOf(home, name), password, { mode: 0o600 });
  return password;
}
