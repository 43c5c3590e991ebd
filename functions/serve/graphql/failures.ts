import { type GraphQLEnumType, type GraphQLFieldResolver, type GraphQLResolveInfo, isNonNullType } from "graphql";
import type { Context } from "../resolvers/context.ts";

/**
 * Whatever fails in a field fails as a promise. When a member of a list throws, yoga's executor forgets the promises of the members before
 * it, and a forgotten promise that is rejected ends the process; promises that are rejected it collects like all others.
 */
type Resolver = GraphQLFieldResolver<unknown, Context>;

/** Fields without a resolver are members of their node. */
export const readMember: Resolver = (source, _args, _context, info) => {
  try {
    // The schema has the field, so it is no name that a client chose.
    return (source as Readonly<Record<string, unknown>>)[info.fieldName] ?? missing(info);
  } catch (error) {
    return Promise.reject(error);
  }
};

/** A resolver that never throws. */
export function neverThrowing(resolve: Resolver): Resolver {
  return (source, args, context, info) => {
    try {
      return resolve(source, args, context, info) ?? missing(info);
    } catch (error) {
      return Promise.reject(error);
    }
  };
}

/** Lets an enum's unknown values fail as promises: the executor takes what is serialized as it takes what is resolved. */
export function neverThrowingEnum(type: GraphQLEnumType): void {
  const serialize = type.serialize.bind(type);
  const neverThrows = (value: unknown): unknown => {
    try {
      return serialize(value);
    } catch (error) {
      // A plain error, as the executor makes it of the enum's own, which names the value.
      return Promise.reject(new Error((error as Error).message));
    }
  };
  type.serialize = neverThrows as typeof type.serialize;
}

function missing({ returnType, parentType, fieldName }: GraphQLResolveInfo): Promise<never> | null {
  if (!isNonNullType(returnType)) return null;
  return Promise.reject(new Error(`Cannot return null for non-nullable field ${parentType.name}.${fieldName}.`));
}
