import {
  buildASTSchema,
  type ConstValueNode,
  type DocumentNode,
  type GraphQLFieldResolver,
  type GraphQLSchema,
  isEnumType,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
  isScalarType,
} from "graphql";
import type { Context } from "../resolvers/context.ts";
import { account } from "../resolvers/account.ts";
import { accountRecord } from "../resolvers/account-record.ts";
import { asset } from "../resolvers/asset.ts";
import { accountTransactionEdge } from "../resolvers/account-transaction-edge.ts";
import { ledgers } from "../resolvers/ledgers.ts";
import { claimableBalance, claimant } from "../resolvers/claimable-balance.ts";
import { operation } from "../resolvers/operation.ts";
import { query } from "../resolvers/query.ts";
import { stateChange } from "../resolvers/state-change.ts";
import { contract, contractFunction, token } from "../resolvers/tokens.ts";
import { transaction } from "../resolvers/transaction.ts";
import { scalars } from "../values/scalars.ts";
import { countedJson, countedMany, countedObject, countedSeldom, countedText } from "./counted.ts";
import { neverThrowing, neverThrowingEnum } from "./failures.ts";
import { isJson, isLongText, isMany, isSeldom } from "./selection-price.ts";

/** Resolvers by type; a field without one is a member of its node (`readMember`). */
const RESOLVERS: Readonly<Record<string, object>> = {
  Query: query,
  Account: account,
  AccountRecord: accountRecord,
  Asset: asset,
  Transaction: transaction,
  Operation: operation,
  AccountTransactionEdge: accountTransactionEdge,
  Ledgers: ledgers,
  ClaimableBalance: claimableBalance,
  Claimant: claimant,
  Token: token,
  Contract: contract,
  ContractFunction: contractFunction,
};

/** The schema of a prepared document with scalars and resolvers attached. */
export function buildSchema(document: DocumentNode): GraphQLSchema {
  const schema = buildASTSchema(document, { assumeValid: true, assumeValidSDL: true });
  for (const scalar of scalars) {
    const type = schema.getType(scalar.name);
    if (!isScalarType(type)) throw new Error(`scalar ${scalar.name} is not in the schema`);
    type.coerceOutputValue = scalar.coerceOutputValue;
    type.coerceInputValue = scalar.coerceInputValue;
    type.coerceInputLiteral = scalar.coerceInputLiteral;
    // The older names: yoga's executor calls these.
    type.serialize = scalar.coerceOutputValue;
    type.parseValue = scalar.coerceInputValue;
    type.parseLiteral = (node) => scalar.coerceInputLiteral?.(node as ConstValueNode);
  }
  for (const type of Object.values(schema.getTypeMap())) {
    if (isInterfaceType(type)) type.resolveType = (value: { __typename: string }) => value.__typename;
    if (isEnumType(type) && !isIntrospectionType(type)) neverThrowingEnum(type);
    if (!isObjectType(type) || isIntrospectionType(type)) continue;
    const resolvers = type.getInterfaces().some((parent) => parent.name === "BaseStateChange") ? stateChange : RESOLVERS[type.name];
    const fields = type.getFields();
    for (const [name, resolve] of Object.entries(resolvers ?? {})) {
      const field = fields[name];
      if (field === undefined) throw new Error(`resolver for a field that is not in the schema: ${type.name}.${name}`);
      field.resolve = resolve as GraphQLFieldResolver<unknown, Context>;
    }
    for (const [name, field] of Object.entries(fields)) {
      if (isLongText(name, field.type)) field.resolve = countedText;
      else if (isSeldom(field.type)) field.resolve = countedSeldom;
      if (field.resolve === undefined) continue;
      if (isJson(field.type)) field.resolve = countedJson(field.resolve);
      if (isMany(field.type)) field.resolve = countedMany(field.resolve);
      else if (type === schema.getQueryType()) field.resolve = countedObject(field.resolve);
      field.resolve = neverThrowing(field.resolve);
    }
  }
  return schema;
}
