/**
 * The ingest part of the benchmark, in a process of its own, so that its memory is that of ingestion alone. Takes the options
 * of `wallet bench` from the environment and the databases as arguments; prints its figures as JSON. With one database: those of
 * the fresh process alone.
 */
import { readArguments } from "../cli/arguments.ts";
import type { Command } from "../cli/command.ts";
import { closeSeconds, dataDirectory, ledgers, networkPassphrase } from "../cli/options.ts";
import { printError } from "../cli/run.ts";
import { chooseSource } from "../runtime/choose-source.ts";
import { measureFresh, measureIngest } from "./ingest.ts";

const command: Command = {
  summary: "",
  options: { ledgers, "network-passphrase": networkPassphrase, "close-seconds": closeSeconds, "data-dir": dataDirectory },
  async run(args) {
    const { source, passphrase } = await chooseSource(args, args.text("data-dir")!, false);
    const [first, ...others] = process.argv.slice(2);
    const figures =
      others.length === 0 ? await measureFresh(first!, source, passphrase) : await measureIngest([first!, ...others], source, passphrase);
    process.stdout.write(JSON.stringify(figures));
    return 0;
  },
};

try {
  process.exitCode = await command.run(readArguments("bench", command, [], process.env));
} catch (error) {
  printError(error, false);
  process.exitCode = 1;
}
