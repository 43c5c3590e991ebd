import type { Asset } from "./assets.ts";
import { available, issued } from "./balances.ts";
import { party, sha256, type Party } from "./keys.ts";
import { beginSponsoring, changeTrust, createAccount, endSponsoring, firstDeposit, payment, setHomeDomain } from "./operations.ts";
import { random, type Random } from "./random.ts";
import { cancelOffer, payThroughPool, placeOffer, takeOffer } from "./trades.ts";
import type { Intent } from "./transactions.ts";
import type { View } from "./view.ts";

/** Who acts in the simulated network. */
export interface Cast {
  seed: string;
  root: Party;
  issuer: Party;
  /** Market maker, and sponsor of new accounts. */
  maker: Party;
  users: Party[];
  usdc: NonNullable<Asset>;
  eurc: NonNullable<Asset>;
}

const UNIT = 10_000_000n;
const LIMIT = (1n << 63n) - 1n;
/** The maker sells USDC for 4 XLM. */
const MAKER_PRICE = { n: 4, d: 1 };
const MAKER_OFFER = 1n;
const MAKER_AMOUNT = 100_000n * UNIT;
/** A user's offer stays in the book for so many ledgers. */
const OFFER_LEDGERS = 7;
/** A sponsored account joins every so many ledgers. */
const JOIN_LEDGERS = 25;

/** The people of a simulated network: as on a real network the root's seed is the SHA-256 of the passphrase. */
export function cast(passphrase: string, seed: string): Cast {
  const person = (name: string): Party => party(sha256(passphrase, seed, name));
  const issuer = person("issuer");
  return {
    seed,
    root: party(sha256(passphrase)),
    issuer,
    maker: person("maker"),
    users: Array.from({ length: 8 }, (_, i) => person(`user ${i}`)),
    usdc: { code: "USDC", issuer },
    eurc: { code: "EURC", issuer },
  };
}

/** The first ledgers: accounts, trustlines, money, a market. */
function opening({ root, issuer, maker, users, usdc, eurc }: Cast, step: number): Intent[] | null {
  const holders = [maker, ...users];
  switch (step) {
    case 0:
      return [
        {
          source: root,
          memo: "welcome to the sandbox",
          operations: [
            createAccount(issuer, 1_000n * UNIT),
            createAccount(maker, 10_000_000n * UNIT),
            ...users.map((user) => createAccount(user, 10_000n * UNIT)),
          ],
        },
      ];
    case 1:
      return holders.map((source) => ({ source, operations: [usdc, eurc].map((asset) => changeTrust(issued(asset), LIMIT)) }));
    case 2:
      return [usdc, eurc].map((asset) => ({
        source: issuer,
        operations: holders.map((destination) =>
          payment({ destination, asset, amount: (destination === maker ? 10_000_000n : 2_000n) * UNIT }),
        ),
      }));
    case 3:
      return [
        { source: issuer, operations: [setHomeDomain("sandbox.example")] },
        { source: maker, operations: [changeTrust({ asset: usdc, shares: true }, LIMIT)] },
      ];
    case 4:
      return [
        { source: maker, operations: [firstDeposit(usdc, 160n * UNIT, 40n * UNIT)] },
        { source: maker, operations: [placeOffer(MAKER_OFFER, usdc, null, MAKER_AMOUNT, MAKER_PRICE)] },
      ];
    default:
      return null;
  }
}

function amount(dice: Random, below: number): bigint {
  return BigInt(1 + dice.below(below)) * (UNIT / 100n);
}

function act(people: Cast, ledger: View, step: number, dice: Random, source: Party): Intent {
  const { users, usdc, eurc, maker, issuer } = people;
  const others = users.filter((user) => user !== source);
  const destination = dice.pick(others);
  // Who runs short gets new money, so that the network stays lively forever.
  if (available(ledger, source, null) < 100n * UNIT)
    return { source: maker, operations: [payment({ destination: source, asset: null, amount: 1_000n * UNIT })] };
  const short = [usdc, eurc].find((asset) => available(ledger, source, asset) < 100n * UNIT);
  if (short) return { source: issuer, operations: [payment({ destination: source, asset: short, amount: 1_000n * UNIT })] };
  const memo = dice.below(3) === 0 ? `order ${step}-${dice.below(100)}` : undefined;
  const pay = (asset: Asset, size: bigint): Intent => ({ source, memo, operations: [payment({ destination, asset, amount: size })] });
  switch (dice.below(10)) {
    case 0:
    case 1:
      return pay(null, amount(dice, 5_000));
    case 2:
    case 3:
      return pay(usdc, amount(dice, 2_000));
    case 4:
      return { ...pay(eurc, amount(dice, 2_000)), feeSource: maker };
    case 5:
      return { source, operations: [payThroughPool(usdc, amount(dice, 100), destination, 1n)] };
    case 6: {
      const offer = ledger.offer(MAKER_OFFER);
      if (offer) return { source, operations: [takeOffer(offer, amount(dice, 500))] };
      return pay(null, amount(dice, 100));
    }
    case 7:
      // More than there is: a failed transaction, whose fee is paid all the same.
      return { ...pay(usdc, available(ledger, source, usdc) + UNIT), feeSource: dice.below(2) === 0 ? maker : undefined };
    case 8:
      return { source, operations: [payment({ destination: issuer, asset: eurc, amount: amount(dice, 100) })] };
    default: {
      const operations = others.slice(0, 3).map((to) => payment({ destination: to, asset: usdc, amount: amount(dice, 300) }));
      return { source, memo, operations };
    }
  }
}

/** Ids of users' offers follow from the ledger that places them. */
function offerId(step: number): bigint {
  return BigInt(1_000 + step);
}

function book({ users, usdc, seed }: Cast, ledger: View, step: number): Intent[] {
  const intents: Intent[] = [];
  const old = ledger.offer(offerId(step - OFFER_LEDGERS));
  if (old) intents.push({ source: old.owner, operations: [cancelOffer(old)] });
  const dice = random(`${seed} book ${step}`);
  if (dice.below(3) === 0) {
    // Dearer than the maker's, so that it meets nobody.
    const price = { n: 5 + dice.below(3), d: 1 };
    intents.push({ source: dice.pick(users), operations: [placeOffer(offerId(step), usdc, null, amount(dice, 1_000), price)] });
  }
  return intents;
}

function newcomers({ root, maker, usdc, seed }: Cast, step: number): Intent[] {
  if (step % JOIN_LEDGERS !== 0) return [];
  const newcomer = party(sha256(root.publicKey, seed, `newcomer ${step}`));
  return [
    {
      source: maker,
      operations: [beginSponsoring(newcomer), createAccount(newcomer, 5n * UNIT, maker), endSponsoring(newcomer)],
    },
    { source: maker, memo: "no trustline yet", operations: [payment({ destination: newcomer, asset: usdc, amount: UNIT })] },
  ];
}

/**
 * What happens in a ledger.
 * @param ledger the state before it
 * @param step number of the ledger, 0 for the first
 */
export function script(people: Cast, ledger: View, step: number): Intent[] {
  const first = opening(people, step);
  if (first) return first;
  const dice = random(`${people.seed} ${step}`);
  const intents: Intent[] = [...book(people, ledger, step), ...newcomers(people, step)];
  const count = 1 + dice.below(4);
  for (let i = 0; i < count; i++) intents.push(act(people, ledger, step, dice, dice.pick(people.users)));
  return intents;
}
