import type { Pool } from "../database/pool.ts";
import { type LatestLedger, latestLedger } from "../queries/cursors.ts";
import { inSnapshot } from "../database/snapshot.ts";
import { unavailability } from "../database/unavailable.ts";
import { hiddenError } from "../errors/hidden-error.ts";
import type { RequestRecord } from "../observe/request-log.ts";
import { formatTime } from "../values/time.ts";
import { type HttpResponse, restResponse } from "./response.ts";

export interface HealthOptions {
  pool: Pool;
  /** Oldest healthy newest ledger, seconds. */
  maxLag: number;
}

/** Ledgers behind the network that are still healthy. */
const MAX_BEHIND = 50;

/**
 * Health by the database alone: how old the newest ledger is and how far behind the network's tip (D7).
 * @param record gets the error that kept it from being read
 */
export async function healthResponse({ pool, maxLag }: HealthOptions, record: RequestRecord): Promise<HttpResponse> {
  let latest: LatestLedger | null;
  try {
    latest = await inSnapshot(pool, latestLedger);
  } catch (error) {
    record.hidden = [hiddenError("health", error)];
    // Busy is not broken: the database was not even asked.
    if (unavailability(error) === "OVERLOADED")
      return restResponse(503, { error: "too many requests at once", extras: { code: "OVERLOADED" } });
    return restResponse(500, { error: "failed to read the latest ledger" });
  }
  const ledger = latest?.ledger ?? 0;
  const closedAt = latest?.closed_at == null ? null : formatTime(latest.closed_at);
  const age = latest?.age ?? Infinity;
  const behind = (latest?.network_tip ?? ledger) - ledger;
  // From this ledger on the history may lack what a newer protocol brought.
  const newer = latest?.newer_protocol_from == null ? {} : { newer_protocol_from: latest.newer_protocol_from };
  if (age <= maxLag && behind <= MAX_BEHIND) return restResponse(200, { backend_latest_ledger: ledger, status: "ok", ...newer });
  return restResponse(503, {
    error: "wallet backend is not in sync with the network",
    extras: {
      backend_latest_ledger: ledger,
      network_latest_ledger: latest?.network_tip ?? null,
      latest_ledger_closed_at: closedAt,
      ...newer,
    },
  });
}
