/** From our schemas to JSON Schema (draft 7), with the comments as descriptions. */
import { toJsonSchema, type JsonSchema } from "@valibot/to-json-schema";
import type * as v from "valibot";
import { descriptionOf } from "./descriptions.ts";

export type { JsonSchema };

/** The schema as published: rules that JSON Schema cannot express (a date that is one) are left out. Unknown keys are always allowed. */
export function publishedSchema(title: string, schema: v.GenericSchema): JsonSchema {
  const { $schema, ...json } = toJsonSchema(schema, {
    errorMode: "ignore",
    // The fields of an object are described here, since a schema with a pipe never gets here itself.
    overrideSchema({ valibotSchema, jsonSchema }) {
      if (!("entries" in valibotSchema)) return undefined;
      for (const [name, field] of Object.entries(valibotSchema.entries as Record<string, object>)) {
        const property = jsonSchema.properties?.[name];
        const description = descriptionOf(field);
        if (isObject(property) && description !== undefined) property.description = description;
      }
      return jsonSchema;
    },
  });
  return { ...($schema === undefined ? {} : { $schema }), title, ...json };
}

/** One field of a record, nested ones by their path: `lease.holder.id`, `changes[].commits`. */
export interface Field {
  path: string;
  type: string;
  /** `always`, `optional`, or the variants of the record that have it. */
  presence: string;
  description: string;
}

/** Every field of a record, those of its variants merged. */
export function listFields(schema: JsonSchema, prefix = ""): Field[] {
  const variants = (schema.oneOf ?? schema.anyOf ?? [schema])
    .filter(isObject)
    .filter(({ properties }) => properties !== undefined);
  const names = new Set(variants.flatMap(({ properties }) => Object.keys(properties ?? {})));
  return [...names].flatMap((name) => {
    const having = variants.filter(({ properties }) => name in (properties ?? {}));
    const required = having.filter((variant) => variant.required?.includes(name));
    const shapes = having.map(({ properties }) => properties?.[name]).filter(isObject);
    const path = `${prefix}${name}`;
    const field: Field = {
      path,
      type: [...new Set(shapes.map(typeName))].join(" | "),
      presence: presenceOf(variants, having, required),
      description: shapes.find(({ description }) => description !== undefined)?.description ?? "",
    };
    return [field, ...listFields(mergedInner(shapes), innerPrefix(path, shapes))];
  });
}

function presenceOf(variants: JsonSchema[], having: JsonSchema[], required: JsonSchema[]): string {
  if (required.length === variants.length) return "always";
  if (having.length === variants.length && required.length === 0) return "optional";
  const word = required.length === having.length ? "" : ", optional";
  return `${having.map(variantName).join(", ")}${word}`;
}

function variantName({ properties }: JsonSchema): string {
  for (const shape of Object.values(properties ?? {})) {
    if (!isObject(shape)) continue;
    if (typeof shape.const === "string") return shape.const;
  }
  const status = properties?.["status"];
  const names = isObject(status) ? (status.enum ?? []).filter((name) => typeof name === "string") : [];
  return names.length > 0 ? names.join("/") : "some";
}

/** What the fields inside of a field are listed from. */
function mergedInner(shapes: JsonSchema[]): JsonSchema {
  const inner = shapes.map(innerOf).filter((shape) => shape !== undefined);
  return inner.length === 1 || inner.length === 0
    ? (inner[0] ?? {})
    : { anyOf: inner.flatMap((shape) => shape.oneOf ?? shape.anyOf ?? [shape]) };
}

function innerOf(shape: JsonSchema): JsonSchema | undefined {
  const items = Array.isArray(shape.items) ? undefined : shape.items;
  if (items !== undefined && isObject(items)) return innerOf(items) ?? items;
  if (shape.properties !== undefined || shape.oneOf !== undefined) return shape;
  const options = shape.anyOf?.filter(isObject).filter(({ type }) => type !== "null");
  return options?.length === 1 && options[0] !== undefined ? innerOf(options[0]) : undefined;
}

function innerPrefix(path: string, shapes: JsonSchema[]): string {
  const list = shapes.some(
    (shape) =>
      shape.items !== undefined || shape.anyOf?.some((option) => isObject(option) && option.items !== undefined),
  );
  return `${path}${list ? "[]" : ""}.`;
}

function typeName(shape: JsonSchema): string {
  if (shape.const !== undefined) return JSON.stringify(shape.const);
  if (shape.enum !== undefined) return shape.enum.map((value) => JSON.stringify(value)).join(" | ");
  const options = shape.anyOf ?? shape.oneOf;
  if (options !== undefined) return [...new Set(options.filter(isObject).map(typeName))].join(" | ");
  if (shape.type === "array")
    return `list of ${shape.items !== undefined && !Array.isArray(shape.items) && isObject(shape.items) ? typeName(shape.items) : "anything"}`;
  if (shape.type === "object" && shape.properties === undefined && isMap(shape))
    return `map of ${typeName(shape.additionalProperties as JsonSchema)}`;
  return Array.isArray(shape.type) ? shape.type.join(" | ") : (shape.type ?? "anything");
}

function isMap(shape: JsonSchema): boolean {
  return (
    shape.additionalProperties !== undefined &&
    isObject(shape.additionalProperties) &&
    Object.keys(shape.additionalProperties).length > 0
  );
}

function isObject(shape: unknown): shape is JsonSchema {
  return typeof shape === "object" && shape !== null;
}
