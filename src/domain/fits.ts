/** A quick look whether a value of JSON fits a schema. */
import type * as v from "valibot";

/** What the schema library keeps in a schema, as far as records of ours use it. */
interface Schema {
  type: string;
  entries?: Record<string, Schema>;
  wrapped?: Schema;
  item?: Schema;
  /** Of a variant: the name of the field that decides. */
  key?: unknown;
  options?: unknown[];
  literal?: unknown;
  value?: Schema;
  /** The schema itself, and then what its values have to be besides. */
  pipe?: { type: string; requirement?: unknown }[];
}

type Test = (value: unknown) => boolean;

const tests = new WeakMap<object, Test>();

/**
 * True only if `value` certainly fits `schema`. False means that the schema itself has to be asked, which also knows what is wrong. For a file of some
 * dozens of records this takes a fraction of the time that the schema takes, most of all in a process that has just started.
 */
export function surelyFits(schema: v.GenericSchema, value: unknown): boolean {
  return testOf(schema)(value);
}

function testOf(schema: Schema): Test {
  let test = tests.get(schema);
  if (test === undefined) {
    test = schema.pipe === undefined ? makeTest(schema) : makePipe(makeTest(schema), schema.pipe.slice(1));
    tests.set(schema, test);
  }
  return test;
}

function makeTest(schema: Schema): Test {
  switch (schema.type) {
    case "string":
    case "boolean":
      return (value) => typeof value === schema.type;
    case "number":
      return Number.isFinite;
    case "unknown":
      return (value) => value !== undefined;
    case "literal":
      return (value) => value === schema.literal;
    case "picklist":
      return (value) => schema.options?.includes(value) === true;
    case "optional":
      return either(undefined, schema.wrapped);
    case "nullable":
      return either(null, schema.wrapped);
    case "array":
      return makeArray(schema.item);
    case "object":
    case "loose_object":
      return makeObject(schema.entries);
    case "union":
      return makeUnion(schema);
    case "record":
      return makeRecord(schema);
    case "variant":
      return makeVariant(schema);
    default:
      return () => false;
  }
}

function either(absent: null | undefined, wrapped: Schema | undefined): Test {
  const test = wrapped === undefined ? () => false : testOf(wrapped);
  return (value) => value === absent || test(value);
}

function makeArray(item: Schema | undefined): Test {
  if (item === undefined) return () => false;
  const test = testOf(item);
  return (value) => Array.isArray(value) && value.every(test);
}

function makeObject(entries: Record<string, Schema> = {}): Test {
  const names = Object.keys(entries);
  const fieldTests = Object.values(entries).map(testOf);
  return (value) => {
    if (!isPlainObject(value)) return false;
    // Counted, since an iterator leaves something behind at each step of code that has just started, and this is most of what a short command does.
    for (let index = 0; index < names.length; index++) {
      if (fieldTests[index]?.(value[names[index] ?? ""]) !== true) return false;
    }
    return true;
  };
}

function makeRecord(schema: Schema): Test {
  const key = schema.key as Schema | undefined;
  if (key?.type !== "string" || schema.value === undefined) return () => false;
  const test = testOf(schema.value);
  if (key.pipe === undefined) return (value) => isPlainObject(value) && Object.values(value).every(test);
  // Keys may have to be more than text, such as paths that do not lead out of a folder.
  const isKey = testOf(key);
  return (value) => isPlainObject(value) && Object.entries(value).every(([name, inner]) => isKey(name) && test(inner));
}

function makeVariant(schema: Schema): Test {
  const name = String(schema.key);
  const options = (schema.options ?? []) as Schema[];
  return (value) => {
    if (!isPlainObject(value)) return false;
    const option = options.find(({ entries }) => entries?.[name]?.literal === value[name]);
    return option !== undefined && testOf(option)(value);
  };
}

function makeUnion(schema: Schema): Test {
  const options = (schema.options ?? []) as Schema[];
  return (value) => options.some((option) => testOf(option)(value));
}

function makePipe(first: Test, steps: { type: string; requirement?: unknown }[]): Test {
  const checks = steps.map(({ type, requirement }): Test => {
    if (type === "check") return requirement as Test;
    if (type === "min_length") return (value) => (value as string).length >= Number(requirement);
    if (type === "integer") return Number.isInteger;
    if (type === "min_value") return (value) => Number(value) >= Number(requirement);
    if (type === "max_value") return (value) => Number(value) <= Number(requirement);
    if (type === "regex" && requirement instanceof RegExp && requirement.flags === "") {
      return (value) => requirement.test(value as string);
    }
    return () => false;
  });
  return (value) => first(value) && checks.every((check) => check(value));
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
