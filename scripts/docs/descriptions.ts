/** What the comments say about fields of schemas; filled while the sources of the bundled generator are evaluated. */
const descriptions = new WeakMap<object, string>();

/** A copy of the schema that is known by its description (one schema may stand for many fields). */
export function describeField<S extends object>(schema: S, description: string): S {
  const copy = { ...schema };
  descriptions.set(copy, description);
  return copy;
}

export function descriptionOf(schema: object): string | undefined {
  return descriptions.get(schema);
}
