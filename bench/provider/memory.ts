import { readdirSync, readFileSync } from 'node:fs';

/** Looks again and again how much memory the providers of this machine's Terraform have needed at most. */
export class ProviderMemory {
  /** MiB, of the largest provider process so far. */
  most = 0;
  private readonly timer = setInterval(() => this.look(), 250);

  stop(): void {
    this.look();
    clearInterval(this.timer);
  }

  private look(): void {
    for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
      try {
        if (!readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('terraform-provider-')) continue;
        const [, kib] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
        this.most = Math.max(this.most, Number(kib ?? 0) / 1024);
      } catch {
        // It has ended in the meantime.
      }
    }
  }
}
