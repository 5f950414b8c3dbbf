/**
 * Stands in for the schema library in the bundled program. Making the schemas of all records and answers takes longer than checking what a command reads, and
 * nearly everything fits at the first look (`src/domain/fits.ts`). So a schema is first nothing but a note of how to make it, with the fields that this look
 * goes by; when somebody really has to ask the library, it is loaded and the schema made. A test compares the two.
 */

/** Those that are called without arguments are all the same note. */
const STRING = { made: "string", type: "string" };
const NUMBER = { made: "number", type: "number" };
const BOOLEAN = { made: "boolean", type: "boolean" };
const UNKNOWN = { made: "unknown", type: "unknown" };
const INTEGER = { made: "integer", type: "integer" };

export const string = /* @__NO_SIDE_EFFECTS__ */ (message) => (message === undefined ? STRING : { ...STRING, message });
export const number = /* @__NO_SIDE_EFFECTS__ */ (message) => (message === undefined ? NUMBER : { ...NUMBER, message });
export const boolean = /* @__NO_SIDE_EFFECTS__ */ (message) =>
  message === undefined ? BOOLEAN : { ...BOOLEAN, message };
export const unknown = /* @__NO_SIDE_EFFECTS__ */ () => UNKNOWN;
export const integer = /* @__NO_SIDE_EFFECTS__ */ (message) =>
  message === undefined ? INTEGER : { ...INTEGER, message };

export const optional = /* @__NO_SIDE_EFFECTS__ */ (wrapped, fallback) => ({
  made: "optional",
  type: "optional",
  wrapped,
  fallback,
});
export const nullable = /* @__NO_SIDE_EFFECTS__ */ (wrapped, fallback) => ({
  made: "nullable",
  type: "nullable",
  wrapped,
  fallback,
});
export const array = /* @__NO_SIDE_EFFECTS__ */ (item, message) => ({ made: "array", type: "array", item, message });
export const object = /* @__NO_SIDE_EFFECTS__ */ (entries, message) => ({
  made: "object",
  type: "object",
  entries,
  message,
});
export const looseObject = /* @__NO_SIDE_EFFECTS__ */ (entries, message) => ({
  made: "looseObject",
  type: "loose_object",
  entries,
  message,
});
export const record = /* @__NO_SIDE_EFFECTS__ */ (key, value, message) => ({
  made: "record",
  type: "record",
  key,
  value,
  message,
});
export const literal = /* @__NO_SIDE_EFFECTS__ */ (value, message) => ({
  made: "literal",
  type: "literal",
  literal: value,
  message,
});
export const picklist = /* @__NO_SIDE_EFFECTS__ */ (options, message) => ({
  made: "picklist",
  type: "picklist",
  options,
  message,
});
export const variant = /* @__NO_SIDE_EFFECTS__ */ (key, options, message) => ({
  made: "variant",
  type: "variant",
  key,
  options,
  message,
});
export const union = /* @__NO_SIDE_EFFECTS__ */ (options, message) => ({
  made: "union",
  type: "union",
  options,
  message,
});
export const intersect = /* @__NO_SIDE_EFFECTS__ */ (options, message) => ({
  made: "intersect",
  type: "intersect",
  options,
  message,
});
export const pipe = /* @__NO_SIDE_EFFECTS__ */ (...steps) => ({ ...steps[0], made: "pipe", pipe: steps });

export const check = /* @__NO_SIDE_EFFECTS__ */ (requirement, message) => ({
  made: "check",
  type: "check",
  requirement,
  message,
});
export const regex = /* @__NO_SIDE_EFFECTS__ */ (requirement, message) => ({
  made: "regex",
  type: "regex",
  requirement,
  message,
});
export const minLength = /* @__NO_SIDE_EFFECTS__ */ (requirement, message) => ({
  made: "minLength",
  type: "min_length",
  requirement,
  message,
});
export const minValue = /* @__NO_SIDE_EFFECTS__ */ (requirement, message) => ({
  made: "minValue",
  type: "min_value",
  requirement,
  message,
});
export const maxValue = /* @__NO_SIDE_EFFECTS__ */ (requirement, message) => ({
  made: "maxValue",
  type: "max_value",
  requirement,
  message,
});

/* @__NO_SIDE_EFFECTS__ */
export function partial(schema) {
  const entries = Object.entries(schema.entries).map(([name, each]) => [name, optional(each)]);
  return { made: "partial", type: schema.type, entries: Object.fromEntries(entries), whole: schema };
}

/** What each was called with. */
const ARGUMENTS = {
  string: ["message"],
  number: ["message"],
  boolean: ["message"],
  unknown: [],
  integer: ["message"],
  optional: ["wrapped", "fallback"],
  nullable: ["wrapped", "fallback"],
  array: ["item", "message"],
  object: ["entries", "message"],
  looseObject: ["entries", "message"],
  record: ["key", "value", "message"],
  literal: ["literal", "message"],
  picklist: ["options", "message"],
  variant: ["key", "options", "message"],
  union: ["options", "message"],
  intersect: ["options", "message"],
  check: ["requirement", "message"],
  regex: ["requirement", "message"],
  minLength: ["requirement", "message"],
  minValue: ["requirement", "message"],
  maxValue: ["requirement", "message"],
  partial: ["whole"],
};

export function safeParse(schema, input, config) {
  return library().safeParse(make(schema), input, config);
}
export function getDotPath(issue) {
  return library().getDotPath(issue);
}

/** The build puts the chunk of `whole.mjs` in here. */
const library = () => require("valibot/whole");
const known = new WeakMap();

/** The library's own schema for a note; everything else as it is, with the schemas in it made. */
function make(value) {
  if (Array.isArray(value)) return value.map(make);
  if (value === null || typeof value !== "object" || value instanceof RegExp) return value;
  const { made } = value;
  // A record may have a field of that name.
  if (typeof made !== "string")
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, make(each)]));
  if (!known.has(value)) {
    const given = made === "pipe" ? value.pipe : ARGUMENTS[made].map((name) => value[name]);
    known.set(value, library()[made](...given.map(make)));
  }
  return known.get(value);
}
