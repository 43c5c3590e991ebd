import { createHash } from "node:crypto";
import { join, resolve } from "node:path";
import { fileSource } from "../../functions/ingest/source/file.ts";
import { readLakeConfig } from "../../functions/ingest/source/ledger-directory.ts";
import type { LedgerSource } from "../../functions/ingest/source/ledger-source.ts";
import type { Arguments } from "../cli/command.ts";
import { PUBNET_PASSPHRASE } from "../cli/options.ts";
import { sandboxSettings } from "./sandbox-settings.ts";

/** Where ledgers come from, and what follows from that. */
export interface ChosenSource {
  source: LedgerSource;
  passphrase: string;
  /** Where the embedded database of this source lives: one source, one database. */
  directory: string;
  /** An account to show in an example; null when none is known. */
  exampleAccount: string | null;
}

/**
 * The source that the options name: `--ledgers DIR`, else the sandbox. A lake names its network itself; `--network-passphrase`
 * must then agree.
 * @param dataDirectory e.g. `.wallet`
 */
export async function chooseSource(args: Arguments, dataDirectory: string): Promise<ChosenSource> {
  const ledgers = args.text("ledgers");
  if (ledgers !== undefined) {
    const path = resolve(ledgers);
    const asked = args.text("network-passphrase");
    const lake = (await readLakeConfig(path))?.networkPassphrase;
    const passphrase = asked ?? lake ?? PUBNET_PASSPHRASE;
    const name = createHash("sha256").update(path).digest("hex").slice(0, 8);
    return {
      source: fileSource(path, { passphrase }),
      passphrase,
      directory: join(dataDirectory, `ledgers-${name}`),
      exampleAccount: null,
    };
  }
  const directory = join(dataDirectory, "sandbox");
  const settings = sandboxSettings(directory, args.integer("close-seconds", 1) ?? 5);
  const [{ sandboxSource }, { cast }] = await Promise.all([
    import("../../functions/ingest/source/sandbox/sandbox-source.ts"),
    import("../../functions/ingest/source/sandbox/script.ts"),
  ]);
  const [user] = cast(settings.passphrase, settings.seed).users;
  return { source: sandboxSource(settings), passphrase: settings.passphrase, directory, exampleAccount: user!.address };
}
