// Machines boot under TCG (no KVM is assumed), a step of a story takes minutes rather than seconds.
jest.setTimeout?.(15 * 60_000);
