declare const __INCR_VERSION__: string | undefined;

/** Version of the package; the build puts it in, so that starting need not read package.json. */
export const VERSION: string = typeof __INCR_VERSION__ === "string" ? __INCR_VERSION__ : "0.0.0-source";

declare const __INCR_BUILD__: string | undefined;

/** Names the sources that this program was built from. */
export const BUILD: string = typeof __INCR_BUILD__ === "string" ? __INCR_BUILD__ : VERSION;
