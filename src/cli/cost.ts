/** What something has cost, at a glance: `$1.50`. What is less than a cent is not free. @param usd undefined: nobody says */
export function formatCost(usd: number | undefined): string | null {
  if (usd === undefined) return null;
  return usd > 0 && usd < 0.005 ? "<$0.01" : `$${usd.toFixed(2)}`;
}
