/** What to type when a newer incr is needed: in a clone of it, as the README says. */
export const UPDATE_HINT = "in a clone of incr: git pull && npm ci && npm run build && npm install --global .";
