import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { readLakeConfig } from "../../functions/ingest/source/ledger-directory.ts";
import { WalletError } from "../../functions/shared/errors.ts";
import { ExitCode, type Arguments, type Command } from "../cli/command.ts";
import { readAssembly } from "../rehearse/cloud-assembly.ts";
import { expectationsOf } from "../rehearse/expectations.ts";
import { Rehearsal } from "../rehearse/rehearsal.ts";
import { describeReports } from "../rehearse/report.ts";
import { writeSimulatedLake } from "../rehearse/simulated-lake.ts";
import { setStage } from "../rehearse/stage.ts";
import { isOutdated, synthesise } from "../rehearse/synthesise.ts";
import { Cleanup } from "../runtime/cleanup.ts";

const SIMULATED_LEDGERS = 40;

/** The data lake to ingest: the one that is given, else a sandbox chain in a temporary folder. */
async function openLake(args: Arguments, cleanup: Cleanup): Promise<{ directory: string; passphrase: string }> {
  let directory = args.text("ledgers");
  if (directory === undefined) {
    directory = mkdtempSync(join(tmpdir(), "wallet-rehearse-lake-"));
    const made = directory;
    cleanup.add(async () => rmSync(made, { recursive: true, force: true }));
    writeSimulatedLake(directory, SIMULATED_LEDGERS);
  }
  const passphrase = (await readLakeConfig(resolve(directory)))?.networkPassphrase;
  if (passphrase === undefined)
    throw new WalletError(
      "CONFIG_INVALID",
      `${directory} is no data lake: it has no .config.json that names its network. Give another --ledgers.`,
    );
  return { directory: resolve(directory), passphrase };
}

/** Runs the functions that a deployment would upload, as Lambda would. */
export const command: Command = {
  summary: "run the synthesised functions as Lambda would, on this machine",
  description:
    "Reads what `cdk synth` has made, starts each function's bundle in a process of its own with the environment of the template, and\nsends it the events of a deployment, a schedule and an API: migrate, ingest a chain, query with signed tokens, rotate passwords,\nroll back. Database, Secrets Manager and the ledgers' bucket are stand-ins on this machine; nothing reaches AWS.",
  options: {
    "cloud-assembly": { type: "string", value: "DIR", help: "what cdk synth has made; made when it is missing", default: "cdk.out" },
    synth: { type: "boolean", help: "synthesise first, even when it is there" },
    ledgers: { type: "string", value: "DIR", help: "data lake (.config.json) to ingest (default: a sandbox chain of 40 ledgers)" },
  },
  async run(args) {
    const cleanup = new Cleanup();
    const say = (text: string): void => void (args.json ? process.stderr : process.stdout).write(`${text}\n`);
    try {
      const directory = resolve(args.text("cloud-assembly")!);
      if (args.flag("synth") || !existsSync(join(directory, "manifest.json"))) await synthesise(directory);
      else if (isOutdated(directory)) process.stderr.write(`${directory} is older than the sources: --synth makes it anew.\n`);
      const assembly = readAssembly(directory);
      const lake = await openLake(args, cleanup);
      const expected = await expectationsOf(lake.directory, lake.passphrase);
      const stage = await setStage(assembly, lake.directory, cleanup);
      const reports = await new Rehearsal({ assembly, stage, passphrase: lake.passphrase, expected, cleanup, onStep: say }).run();
      process.stdout.write(args.json ? `${JSON.stringify(reports)}\n` : `\n${describeReports(reports)}\n`);
      return ExitCode.success;
    } finally {
      await cleanup.run();
    }
  },
};
