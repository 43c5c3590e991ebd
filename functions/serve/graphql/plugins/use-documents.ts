import { type DocumentNode, GraphQLError, type GraphQLSchema, parse, specifiedRules, validate, type ValidationRule } from "graphql";
import type { Plugin } from "graphql-yoga";
import type { Context } from "../../resolvers/context.ts";

/** Tokens of a document; the largest known client query has some 500. */
const MAX_TOKENS = 4000;
const MAX_DOCUMENTS = 500;
/** Longer documents are not remembered: the cache is bounded in bytes too. */
const MAX_CACHED_LENGTH = 16_384;

interface Entry {
  document: DocumentNode | GraphQLError;
  errors?: readonly GraphQLError[];
}

const noIntrospection: ValidationRule = (context) => ({
  Field(node) {
    if (node.name.value === "__schema" || node.name.value === "__type")
      context.reportError(new GraphQLError("introspection is disabled", { nodes: [node] }));
  },
});

/** The executor keeps variables in a plain object, which cannot hold one of this name: its value would be lost without a word. */
const noVariableCalledProto: ValidationRule = (context) => ({
  VariableDefinition(node) {
    if (node.variable.name.value === "__proto__")
      context.reportError(new GraphQLError("no variable may be called $__proto__", { nodes: [node] }));
  },
});

/** Parses and validates each document once, refusals included. With introspection off, errors suggest no names. */
export function useDocuments(schema: GraphQLSchema, introspection: boolean): Plugin<Context> {
  const byText = new Map<string, Entry>();
  const byDocument = new WeakMap<DocumentNode, Entry>();
  const rules = [...specifiedRules, noVariableCalledProto, ...(introspection ? [] : [noIntrospection])];

  function entryOf(text: string): Entry {
    const known = byText.get(text);
    if (known !== undefined) {
      // Back to the end: the least recently used goes first.
      byText.delete(text);
      byText.set(text, known);
      return known;
    }
    const entry: Entry = { document: parseOnce(text) };
    if (!(entry.document instanceof GraphQLError)) byDocument.set(entry.document, entry);
    if (text.length <= MAX_CACHED_LENGTH) {
      const oldest = byText.keys().next();
      if (byText.size >= MAX_DOCUMENTS && !oldest.done) byText.delete(oldest.value);
      byText.set(text, entry);
    }
    return entry;
  }

  return {
    onParse({ params, setParseFn }) {
      setParseFn(() => {
        const { document } = entryOf(params.source.toString());
        if (document instanceof GraphQLError) throw document;
        return document;
      });
    },
    onValidate({ params, setResult }) {
      const entry = byDocument.get(params.documentAST);
      const errors = entry?.errors ?? check(params.documentAST);
      if (entry !== undefined) entry.errors = errors;
      setResult([...errors]);
    },
  };

  function check(document: DocumentNode): readonly GraphQLError[] {
    return validate(schema, document, rules, { maxErrors: 10, hideSuggestions: !introspection }).map(withCode("GRAPHQL_VALIDATION_FAILED"));
  }
}

function parseOnce(text: string): DocumentNode | GraphQLError {
  try {
    return parse(text, { maxTokens: MAX_TOKENS });
  } catch (error) {
    return withCode("GRAPHQL_PARSE_FAILED")(error instanceof GraphQLError ? error : new GraphQLError("document cannot be parsed"));
  }
}

function withCode(code: string): (error: GraphQLError) => GraphQLError {
  return (error) =>
    new GraphQLError(error.message, { nodes: error.nodes, source: error.source, positions: error.positions, extensions: { code } });
}
