import type { Database } from "../../shared/database/session.ts";
import type { TestNetwork } from "../source/test-network.ts";

/** The protocol that the test network runs. */
export interface UpcomingProtocol {
  protocol: number;
  /** It was asked for just now. */
  isNews: boolean;
}

/**
 * Asks the test network once a day, whatever the number of invocations, for its protocol, and remembers it; after a failure in an hour.
 * Call it under the lock.
 * @param signal bounds the asking
 * @returns what is known; null: nothing yet
 */
export async function watchProtocol(sql: Database, network: TestNetwork, signal: AbortSignal): Promise<UpcomingProtocol | null> {
  const { name } = network;
  const [known] = await sql<{ protocol: number | null; isDue: boolean }[]>`
    select protocol, next_at <= now() as "isDue" from protocol_watch where lake = ${name}`;
  if (known && !known.isDue) return known.protocol === null ? null : { protocol: known.protocol, isNews: false };
  const asked = await network.protocol(signal).catch(() => null);
  const protocol = asked ?? known?.protocol ?? null;
  await sql`
    insert into protocol_watch (lake, protocol, next_at)
    values (${name}, ${protocol}, now() + case when ${asked === null} then interval '1 hour' else interval '1 day' end)
    on conflict (lake) do update set protocol = excluded.protocol, next_at = excluded.next_at`;
  return protocol === null ? null : { protocol, isNews: asked !== null };
}
