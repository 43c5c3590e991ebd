import { createApp, judge } from "../lib/app.ts";
import { SettingError } from "../lib/settings-reader.ts";

try {
  judge(createApp()).synth();
} catch (error) {
  if (!(error instanceof SettingError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
