/**
 * The rule that keeps cancellation alive: `task.cancel()` throws at an `await`, and a `catch`
 * around that `await` must let it through.
 *
 * @module
 */

import { floorOf, pathInProject } from "./floors.ts";

/** Refuses a `catch` around an `await` that may swallow a cancellation. */
export const cancellation: Deno.lint.Rule = {
  create(context) {
    const path = pathInProject(context.filename);
    if (floorOf(path) === undefined && !path.startsWith("examples/")) return {};

    // Nodes are made anew at each look, so a `try` is known by where it stands.
    const waiting = new Set<string>();
    const mark = (node: Deno.lint.Node) => {
      for (const block of enclosingTryBlocks(node, context.sourceCode)) waiting.add(block);
    };
    return {
      AwaitExpression: mark,
      ForOfStatement(node) {
        if (node.await) mark(node);
      },
      VariableDeclaration(node) {
        if (node.kind === "await using") mark(node);
      },
      "TryStatement:exit"(node) {
        const { handler } = node;
        if (!handler || !waiting.has(placeOf(node.block)) || letsThrough(handler)) return;
        const name = handler.param?.type === "Identifier" ? handler.param.name : "error";
        context.report({
          range: [handler.range[0], handler.body.range[0] + 1],
          message: "This catch stands around an await and may swallow a cancellation",
          hint: `Begin it with \`rethrowIfCancelled(${name});\`, or throw ${name} on every path`,
        });
      },
    };
  },
};

function* enclosingTryBlocks(
  node: Deno.lint.Node,
  source: Deno.lint.SourceCode,
): Generator<string> {
  let inner = node;
  for (const outer of source.getAncestors(node).reverse()) {
    if (FUNCTIONS.has(outer.type)) return;
    if (outer.type === "TryStatement" && placeOf(outer.block) === placeOf(inner)) {
      yield placeOf(inner);
    }
    inner = outer;
  }
}

function letsThrough({ param, body }: Deno.lint.CatchClause): boolean {
  if (param?.type !== "Identifier") return false;
  const first = body.body[0];
  return (first !== undefined && callsRethrow(first, param.name)) ||
    alwaysThrows(body.body, param.name);
}

function callsRethrow(statement: Deno.lint.Statement, name: string): boolean {
  if (statement.type !== "ExpressionStatement") return false;
  const call = statement.expression;
  if (call.type !== "CallExpression") return false;
  // Under its own name, or as a member of a namespace.
  const callee = call.callee.type === "MemberExpression" ? call.callee.property : call.callee;
  const argument = call.arguments[0];
  return callee.type === "Identifier" && callee.name === "rethrowIfCancelled" &&
    argument?.type === "Identifier" && argument.name === name;
}

/** Only the caught error itself counts: an error wrapped around a cancellation hides it. */
function alwaysThrows(statements: readonly Deno.lint.Statement[], name: string): boolean {
  for (const statement of statements) {
    switch (statement.type) {
      case "ThrowStatement":
        return statement.argument.type === "Identifier" && statement.argument.name === name;
      case "BlockStatement":
        if (alwaysThrows(statement.body, name)) return true;
        break;
      case "IfStatement": {
        const branches = [statement.consequent, statement.alternate ?? undefined];
        if (branches.every((branch) => branch && alwaysThrows([branch], name))) return true;
        if (branches.some((branch) => branch && mayLeave(branch))) return false;
        break;
      }
      default:
        if (mayLeave(statement)) return false;
    }
  }
  return false;
}

/** Whether the `catch` may end inside a statement, without reaching what follows it. */
function mayLeave(statement: Deno.lint.Statement): boolean {
  switch (statement.type) {
    case "ExpressionStatement":
    case "VariableDeclaration":
    case "FunctionDeclaration":
    case "ClassDeclaration":
      return false;
    case "BlockStatement":
      return statement.body.some(mayLeave);
    case "IfStatement":
      return mayLeave(statement.consequent) ||
        (statement.alternate !== null && mayLeave(statement.alternate));
    default:
      return true;
  }
}

const FUNCTIONS: ReadonlySet<string> = new Set([
  "FunctionDeclaration",
  "FunctionExpression",
  "ArrowFunctionExpression",
  "StaticBlock",
]);

function placeOf(node: Deno.lint.Node): string {
  return node.range.join(":");
}
