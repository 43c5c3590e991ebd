import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/** `0100007F:1F90` of /proc/net/tcp (bytes of the address in the machine's order) to `127.0.0.1:8080`. */
function address(text: string): string {
  const [host, port] = text.split(":") as [string, string];
  const bytes = host.match(/../g)!.map((byte) => Number.parseInt(byte, 16));
  return `${bytes.reverse().join(".")}:${Number.parseInt(port, 16)}`;
}

/**
 * Where a process has connections to at this moment, by the kernel's own account (Linux; IPv4, which is all that the rehearsal
 * offers). Empty elsewhere.
 */
export function openConnections(pid: number): string[] {
  let inodes: Set<string>;
  try {
    inodes = new Set(
      readdirSync(`/proc/${pid}/fd`).map((fd) => /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? ""),
    );
  } catch {
    return [];
  }
  return ["tcp", "tcp6"].flatMap((table) =>
    readFileSync(`/proc/${pid}/net/${table}`, "utf8")
      .split("\n")
      .slice(1)
      .map((line) => line.trim().split(/\s+/))
      .filter((fields) => inodes.has(fields[9] ?? "-"))
      .map((fields) => (table === "tcp" ? address(fields[2]!) : `IPv6 ${fields[2]}`)),
  );
}
