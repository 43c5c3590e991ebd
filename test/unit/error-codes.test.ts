import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { asWalletError } from "../../functions/ingest/invocation/as-wallet-error.ts";
import { adviceOn, verdictOn } from "../../functions/shared/database/error-codes.ts";
import { WalletError } from "../../functions/shared/errors.ts";

/**
 * All SQLSTATEs of PostgreSQL 18, the codes of postgres.js, of Node's system errors and of its DNS client, by what follows from
 * them: flags of the verdict, and in capitals the WalletError that ingestion makes of them.
 */
const EXPECTED: readonly (readonly [follows: string, codes: string])[] = [
  [
    "nothing",
    "00000 01000 0100C 01008 01003 01007 01006 01004 01P01 02000 02001 03000 09000 0A000 0B000 0F000 0F001 0L000 0LP01 0P000 0Z000 0Z002 10608 20000 21000 24000 25000 25001 25002 25008 25003 25004 25005 25007 25P01 25P02 25P04 26000 27000 2B000 2BP01 2D000 2F000 2F005 2F002 2F003 2F004 34000 38000 38001 38002 38003 38004 39000 39001 39004 39P01 39P02 39P03 3B000 3B001 3F000 40000 40002 40003 44000 54000 54001 54011 54023 55000 55006 55P02 55P04 57000 57014 58000 58030 58P01 58P02 58P03 F0000 F0001 HV000 HV005 HV002 HV010 HV021 HV024 HV007 HV008 HV004 HV006 HV091 HV00B HV00C HV00D HV090 HV00A HV009 HV014 HV001 HV00P HV00J HV00K HV00Q HV00R HV00L HV00M HV00N P0000 P0001 P0002 P0003 P0004 XX000 XX001 XX002 E2BIG EACCES EADDRINUSE EADDRNOTAVAIL EAFNOSUPPORT EAGAIN EALREADY EBADF EBUSY ECANCELED ECHARSET EDESTADDRREQ EEXIST EFAULT EFBIG EINTR EINVAL EIO EISCONN EISDIR ELOOP EMFILE EMSGSIZE ENAMETOOLONG ENFILE ENOBUFS ENODEV ENOENT ENOMEM ENONET ENOPROTOOPT ENOSPC ENOSYS ENOTCONN ENOTDIR ENOTEMPTY ENOTSOCK ENOTSUP EOVERFLOW EPERM EPROTO EPROTONOSUPPORT EPROTOTYPE ERANGE EROFS ESHUTDOWN ESPIPE ESRCH ETXTBSY EXDEV UNKNOWN EOF ENXIO EMLINK EREMOTEIO ENOTTY EFTYPE EILSEQ ESOCKTNOSUPPORT ENODATA EUNATCH ENOEXEC EBADMSG ECHILD EDEADLK EDOM EDQUOT EIDRM EINPROGRESS EMULTIHOP ENOLCK ENOLINK ENOMSG ENOSR ENOSTR EOPNOTSUPP ESTALE ETIME EWOULDBLOCK EFORMERR ESERVFAIL ENOTIMP EREFUSED EBADQUERY EBADNAME EBADFAMILY EBADRESP ETIMEOUT EFILE EDESTRUCTION EBADSTR EBADFLAGS ENONAME EBADHINTS ENOTINITIALIZED ELOADIPHLPAPI EADDRGETNETWORKPARAMS ECANCELLED NOT_TAGGED_CALL UNDEFINED_VALUE MAX_PARAMETERS_EXCEEDED SASL_SIGNATURE_MISMATCH MESSAGE_NOT_SUPPORTED AUTH_TYPE_NOT_IMPLEMENTED UNSAFE_TRANSACTION COPY_IN_PROGRESS WL001 WL002 WL003 ERR_TLS_CERT_ALTNAME_INVALID DEPTH_ZERO_SELF_SIGNED_CERT",
  ],
  [
    "unreachable UNREACHABLE retry",
    "08000 08003 08001 08004 08007 08P01 53300 57P03 EAI_AGAIN ECONNABORTED ECONNREFUSED EHOSTUNREACH ENETUNREACH ETIMEDOUT ENOTFOUND CONNECT_TIMEOUT",
  ],
  [
    "lost unreachable UNREACHABLE retry",
    "08006 57P01 57P02 57P05 ECONNRESET EPIPE CONNECTION_CLOSED CONNECTION_ENDED CONNECTION_DESTROYED",
  ],
  [
    "poison",
    "22000 2202E 22021 22008 22012 22005 2200B 22022 22015 2201E 22014 22016 2201F 2201G 22018 22007 22019 2200D 22025 22P06 22010 22023 22013 2201B 2201W 2201X 2202H 2202G 22009 2200C 2200G 22004 22002 22003 2200H 22026 22001 22011 22027 22024 2200F 22P01 22P02 22P03 22P04 22P05 2200L 2200M 2200N 2200S 2200T 22030 22031 22032 22033 22034 22035 22036 22037 22038 22039 2203A 2203B 2203C 2203D 2203E 2203F 2203G 23000 23001 23502 23503 23505 23514 23P01 42000 42601 42846 42803 42P20 42P19 42830 42602 42622 42939 42804 42P18 42P21 42P22 42809 428C9 42703 42883 42P02 42704 42701 42P03 42P04 42723 42P05 42P06 42P07 42712 42710 42702 42725 42P08 42P09 42P10 42611 42P11 42P12 42P13 42P14 42P15 42P16 42P17",
  ],
  ["UNREACHABLE retry", "25006"],
  ["lost retry", "25P03"],
  ["unreachable UNREACHABLE refused", "28000 28P01"],
  [
    "unreachable UNREACHABLE",
    "3D000 57P04 EAI_ADDRFAMILY EAI_BADFLAGS EAI_BADHINTS EAI_CANCELED EAI_FAIL EAI_FAMILY EAI_MEMORY EAI_NODATA EAI_NONAME EAI_OVERFLOW EAI_PROTOCOL EAI_SERVICE EAI_SOCKTYPE ENETDOWN EHOSTDOWN ENETRESET",
  ],
  ["retry", "40001 40P01 55P03"],
  ["FORBIDDEN", "42501"],
  ["TOO_OLD poison", "42P01"],
  ["UNREACHABLE", "53000 53100 53200 53400"],
];

function failed(code: string): Error {
  return Object.assign(new Error("failed"), { code });
}

function followsFrom(code: string): string {
  const { lost, unreachable, retry, poison, refused } = verdictOn(failed(code));
  const error = asWalletError(failed(code));
  const made = error instanceof WalletError ? error.code.replace("DATABASE_", "") : false;
  const flags = [lost && "lost", unreachable && "unreachable", made, retry && "retry", poison && "poison", refused && "refused"];
  return flags.filter(Boolean).join(" ") || "nothing";
}

test("every code of PostgreSQL, the driver and the system has the verdict that it has always had", () => {
  const wrong = EXPECTED.flatMap(([follows, codes]) =>
    codes.split(" ").flatMap((code) => (followsFrom(code) === follows ? [] : [`${code}: ${followsFrom(code)} instead of ${follows}`])),
  );
  assert.deepEqual(wrong, []);
});

test("an error without a code, or with one that is no text, has no verdict", () => {
  for (const error of [new Error("failed"), { code: 57 }, null, undefined, "57P01"]) assert.deepEqual(verdictOn(error), {});
});

test("the advice names what an operator can do, for the codes that have a cure", () => {
  for (const [code, advice] of [
    ["25006", /primary/],
    ["28000", /user/],
    ["28P01", /password/],
    ["3D000", /create it/],
    ["53100", /disk is full.*RETENTION_DAYS/],
    ["53200", /out of memory/],
    ["53300", /max_connections/],
  ] as const)
    assert.match(adviceOn(code) ?? "", advice, code);
  for (const code of ["42P01", "57P01", "ECONNRESET", ""]) assert.equal(adviceOn(code), null);
});

test("a SQLSTATE is written in the table of codes and nowhere else", () => {
  const root = fileURLToPath(new URL("../..", import.meta.url));
  const sqlstates = new Set(
    EXPECTED.flatMap(([, codes]) => codes.split(" ").filter((code) => /^[0-9A-Z]{5}$/.test(code) && /\d/.test(code))),
  );
  assert.ok(sqlstates.size > 200);
  // `begin_ledger` raises these three; they are read in the file that calls it.
  for (const code of ["WL001", "WL002", "WL003"]) sqlstates.delete(code);
  const written = ["functions", "bin"].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".ts") && !name.endsWith("shared/database/error-codes.ts"))
      .flatMap((name) => {
        const quoted = readFileSync(join(root, folder, name), "utf8").matchAll(/["'`/^(|]([0-9A-Z]{5})(?=["'`/$)|])/g);
        return [...quoted].filter(([, code]) => sqlstates.has(code!)).map(([, code]) => `${folder}/${name}: ${code}`);
      }),
  );
  assert.deepEqual(written, []);
});
