import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { choosePort, PORTS_PER_LEASE } from "../../src/domain/port.ts";

describe("the ports of a lease", () => {
  it("are the lowest ten that nobody has", () => {
    expect(choosePort([])).toBe(20_000);
    expect(choosePort([20_000, 20_010, 20_030])).toBe(20_020);
    expect(choosePort([20_010])).toBe(20_000);
    expect(choosePort([3000])).toBe(20_000);
  });

  it("never overlap another lease's, whatever it begins with", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 65_535 }), { maxLength: 400 }), (taken) => {
        const port = choosePort(taken);
        for (const other of taken) expect(Math.abs(other - port)).toBeGreaterThanOrEqual(PORTS_PER_LEASE);
        expect(port).toBeGreaterThanOrEqual(20_000);
        expect(port + PORTS_PER_LEASE).toBeLessThanOrEqual(30_000);
      }),
    );
  });

  it("run out after a thousand leases", () => {
    const taken: number[] = [];
    for (let lease = 0; lease < 1000; lease++) taken.push(choosePort(taken));
    expect(new Set(taken).size).toBe(1000);
    expect(() => choosePort(taken)).toThrow("all 1000 ranges of ports are leased");
  });
});
