import { maskedText } from './masking';

/** How grave a finding is, in this order. */
export const SEVERITIES = ['info', 'warning', 'refuse'] as const;

/** How grave a finding is; one `refuse` makes the verdict `refused`. */
export type Severity = (typeof SEVERITIES)[number];

/** What is documented of a finding code. */
export interface FindingKind {
  readonly severity: Severity;
  readonly title: string;
  /** What is checked, for the reference page. */
  readonly checks: string;
  /** The next step of whoever reads it. */
  readonly next: string;
}

/** All findings by their codes, which stay the same for good; the reference page is made of this table. */
export const FINDINGS = {
  RG101: {
    severity: 'refuse',
    title: 'The plan has an unknown format',
    checks: "The major version of Terraform's plan JSON (`format_version`) is 1.",
    next: 'Use a regraft that understands this Terraform, or an older Terraform.',
  },
  RG102: {
    severity: 'refuse',
    title: 'The plan has errors',
    checks: 'Terraform did not give up while it planned (`errored`).',
    next: "Read Terraform's error message, mend the code and plan again.",
  },
  RG103: {
    severity: 'refuse',
    title: 'The plan is not complete',
    checks:
      'Terraform says that applying the plan reaches what the code says (`complete`), and put nothing off.',
    next: 'Plan again without -target and without -exclude.',
  },
  RG104: {
    severity: 'refuse',
    title: 'The plan leaves out a part of the stack',
    checks:
      'Everything in the manifest and in the state of regraft stands in the plan, whatever version of Terraform made it.',
    next: 'Plan again without -target and without -exclude.',
  },
  RG105: {
    severity: 'refuse',
    title: 'The manifest contradicts itself',
    checks:
      'Pools, clones, rebases and addresses in the manifest agree with each other and with the naming rules.',
    next: 'Synthesize and plan again; do not edit the output regraft by hand.',
  },
  RG106: {
    severity: 'refuse',
    title: 'The plan has an unknown action',
    checks: 'Every action is one of no-op, create, read, update, delete and forget.',
    next: 'Use a regraft that understands this Terraform.',
  },
  RG107: {
    severity: 'warning',
    title: 'A check of the stack fails',
    checks: "No `check`, precondition or postcondition fails in Terraform's plan.",
    next: 'Read what the check says before you apply.',
  },
  RG108: {
    severity: 'warning',
    title: 'The host changes its connection',
    checks: 'The URI of a host is the same before and after.',
    next: 'Make sure that the URI still leads to the same machine.',
  },
  RG201: {
    severity: 'refuse',
    title: 'A data volume would be deleted',
    checks:
      'No data volume is deleted, unless its clone was retired before and its name has left `retired` and `clones`.',
    next: 'Put the clone back into the code, or name it in `retired` to keep its data volumes.',
  },
  RG202: {
    severity: 'refuse',
    title: 'A data volume would be replaced',
    checks: 'No data volume is deleted and made anew.',
    next: 'Take back the change of name, storage pool, size or seed, or the -replace of it.',
  },
  RG203: {
    severity: 'refuse',
    title: 'A data volume is missing on the host and would be made anew, empty',
    checks: 'No data volume that the stack had before is created.',
    next: 'Bring the file back to the host (from a backup, or by mounting its storage) and plan again; to begin anew with an empty one, retire and purge the clone first.',
  },
  RG204: {
    severity: 'refuse',
    title: 'A data volume would be forgotten',
    checks: 'No data volume leaves the state while its file stays (`forget`).',
    next: 'Put the clone back or retire it (`retired`), and remove a `removed` block.',
  },
  RG205: {
    severity: 'refuse',
    title: 'A data volume would be changed',
    checks:
      'Name, storage pool and size of a data volume are the same before and after, and it is not updated.',
    next: 'Take the change back.',
  },
  RG206: {
    severity: 'refuse',
    title: 'A data volume would be moved',
    checks:
      'A data volume changes its address only between the guarded block and the archive, and only its own.',
    next: 'Remove the `moved` block that the code does not make.',
  },
  RG207: {
    severity: 'refuse',
    title: 'A data volume has a deposed object',
    checks: 'No object of a data volume waits for its deletion since a run that broke off.',
    next: 'Find out which of the two files holds the data before you apply anything (terraform state pull).',
  },
  RG208: {
    severity: 'refuse',
    title: 'A data volume depends on another volume',
    checks: 'A data volume has no backing file.',
    next: 'Take the change of its backing back.',
  },
  RG209: {
    severity: 'refuse',
    title: 'The file of a new data volume is there already',
    checks:
      'No file of the name of a data volume that would be created is in the storage pool (provider 0.8 would adopt it as it is, 0.9 stops).',
    next: 'Run `regraft repair`, which takes it into the state (for adopted clones `regraft adopt --import`), or move the file away.',
  },
  RG210: {
    severity: 'info',
    title: 'A data volume is purged',
    checks: 'An archived data volume is deleted, because its clone has left `retired`.',
    next: 'Make sure that nobody needs it: there is no way back.',
  },
  RG211: {
    severity: 'info',
    title: 'A data volume is archived',
    checks: 'A data volume moves out of the guarded block, because its clone was retired.',
    next: 'Nothing; drop the name from `retired` to purge it later.',
  },
  RG212: {
    severity: 'warning',
    title: 'A volume would be created in the archive',
    checks: 'A volume of a retired clone was there before.',
    next: 'Look for a mistyped name in `retired`.',
  },
  RG213: {
    severity: 'warning',
    title: 'A data volume is made that the stack named before',
    checks:
      'A data volume that the last run was to make stands in the state, unless that run broke off before its machine was made.',
    next: 'When the last run did not break off, find out where the volume went before you apply.',
  },
  RG214: {
    severity: 'info',
    title: 'A data volume is adopted',
    checks: 'A data volume in the state is one that the stack had before.',
    next: 'Nothing, when you imported it or the last run broke off.',
  },
  RG215: {
    severity: 'warning',
    title: 'A data volume is gone already',
    checks: 'A data volume that leaves the code is still in the state.',
    next: 'Find out where it went; this plan does not touch it.',
  },
  RG240: {
    severity: 'refuse',
    title: 'A data volume would get another format',
    checks: 'A data volume has the format in the code that it was made with.',
    next: 'Take back the change of `seedFormat`: a volume keeps the format that it was made with.',
  },
  RG241: {
    severity: 'warning',
    title: 'A raw data volume begins like another format',
    checks:
      'The first bytes of a raw data volume, which its guest writes, look like no other format to libvirt. The machine reads it as raw all the same.',
    next: 'Find out what the guest has done, and never open the volume without saying `-f raw`.',
  },
  RG270: {
    severity: 'info',
    title: 'A data volume is grown',
    checks: 'The real size of a data volume, as libvirt has it, is the one that the code says.',
    next: 'Nothing: regraft apply grows it, also while its machine runs; Terraform alone does not, unless the provider is regraft. Then grow the file system in the guest.',
  },
  RG271: {
    severity: 'refuse',
    title: 'A data volume would be shrunk',
    checks: 'No data volume is larger than the code says: what is beyond its new end would be lost.',
    next: 'Say at least the size that it has; to have a smaller one, copy the data to another volume.',
  },
  RG272: {
    severity: 'info',
    title: 'A data volume is declared larger than before',
    checks: 'Where libvirt was not asked for real sizes, the declared size is the same before and after.',
    next: 'Plan with regraft plan, which asks libvirt, and apply with regraft apply, which grows it.',
  },
  RG273: {
    severity: 'warning',
    title: 'A data volume is declared smaller than before',
    checks: 'Where libvirt was not asked for real sizes, the declared size is the same before and after.',
    next: 'Say at least the size that it has: regraft plan, which asks libvirt, refuses to shrink it.',
  },
  RG275: {
    severity: 'info',
    title: 'A data volume of a retired clone is given to another clone',
    checks: 'A data volume goes from one clone to another only by Volume.archived.',
    next: 'Nothing; keep the entry in data, by which the volume is found.',
  },
  RG276: {
    severity: 'refuse',
    title: 'A data volume that is to be given is not there',
    checks: 'What Volume.archived names is in the archive, or was given before.',
    next: 'Look for a mistyped name in Volume.archived; a volume that was purged cannot be given.',
  },
  RG277: {
    severity: 'refuse',
    title: 'The format of a data volume would change',
    checks:
      'A data volume that was made has the same format before and after: what a machine is told to read it as.',
    next: 'Give the new base a seed of the same format; qemu-img convert makes one.',
  },
  RG301: {
    severity: 'refuse',
    title: 'A base volume in use would be changed',
    checks: 'No base volume that overlays refer to is updated or replaced.',
    next: 'Declare a new base and rebase onto it.',
  },
  RG302: {
    severity: 'refuse',
    title: 'A base volume in use would be deleted',
    checks: 'No base volume is deleted while overlays in this stack refer to it.',
    next: 'Promote or revert first, then retire the base, then drop it.',
  },
  RG303: {
    severity: 'refuse',
    title: 'A base volume in use is missing on the host and would be made anew',
    checks: 'No base volume that the stack had before, and that overlays refer to, is created.',
    next: 'Bring the very same file back to the host and plan again.',
  },
  RG304: {
    severity: 'refuse',
    title: 'A base volume would be forgotten, moved or has a deposed object',
    checks: 'A base volume leaves its address only when it is retired, or brought back.',
    next: 'Remove the `removed` or `moved` block that the code does not make.',
  },
  RG305: {
    severity: 'refuse',
    title: 'A base volume would be deleted that was not retired',
    checks: 'A base volume is deleted only when its base was marked `retired` before.',
    next: 'Mark the base as retired first.',
  },
  RG306: {
    severity: 'warning',
    title: 'A base names another image, but keeps its content',
    checks: 'The SHA-256 of a base volume is the same before and after.',
    next: 'Declare a new base for the new image.',
  },
  RG307: {
    severity: 'refuse',
    title: 'The storage pool would be changed or deleted',
    checks: 'The storage pool that holds the volumes is neither updated, replaced, deleted nor forgotten.',
    next: 'Take back the change of name or path.',
  },
  RG308: {
    severity: 'warning',
    title: 'The storage pool is missing on the host',
    checks: 'The storage pool that the stack had before is there.',
    next: 'Find out whether its folder is mounted before you apply.',
  },
  RG309: {
    severity: 'refuse',
    title: 'A base volume would be deleted while libvirt has it in a backing chain',
    checks:
      'No volume and no machine on the host, of whatever origin, has a base that would be deleted below it.',
    next: 'Move or remove what stands on it; `regraft bases` names it all.',
  },
  RG310: {
    severity: 'warning',
    title: 'An unused base volume is changed or made anew',
    checks: 'A base volume stays as it was made.',
    next: 'Make sure that nothing outside of this stack stands on it.',
  },
  RG311: {
    severity: 'refuse',
    title: 'The file of a new base volume is there already',
    checks:
      'No file of the name of a base volume that would be created is in the storage pool (provider 0.8 would adopt it as it is, half an upload too; 0.9 stops).',
    next: 'Run `regraft repair`, which compares it with the image: it takes in what is whole and deletes what is not.',
  },
  RG340: {
    severity: 'warning',
    title: 'A new base does not say the SHA-256 of its image',
    checks: 'Each local image that a plan uploads for a base has a `sha256` in the code.',
    next: 'Add the line to the volume in the code, so that nobody else uploads another image under this name.',
  },
  RG341: {
    severity: 'refuse',
    title: 'An image cannot become a volume',
    checks:
      'An image that would be uploaded is of the format that the code says, whole (`qemu-img check`), not encrypted, and one file: no backing file, no external data file.',
    next: 'Convert or replace the image as the finding says.',
  },
  RG342: {
    severity: 'refuse',
    title: 'An image is not the one that the code says',
    checks: 'The SHA-256 of a local image that would be uploaded is the one in the code.',
    next: 'Get the right image, or declare a new base for this one.',
  },
  RG343: {
    severity: 'warning',
    title: 'An image was not checked in full before it is uploaded',
    checks: 'The images that a plan uploads are local, and `qemu-img` is there to look at them.',
    next: 'Have it checked as the finding says, or compare the volume afterwards with `regraft verify`.',
  },
  RG344: {
    severity: 'refuse',
    title: 'A base volume on the host is not what it was',
    checks:
      'The SHA-256 of each base volume on the host is the one in the code, else the one that was recorded when it was made (only with `regraft plan --verify`).',
    next: 'Bring the right file back, or move the clones onto another base; find out who wrote to it.',
  },
  RG345: {
    severity: 'warning',
    title: 'A base volume on the host could not be verified',
    checks:
      'Each base volume on the host can be read, and its SHA-256 is in the code or on record (only with `regraft plan --verify`).',
    next: 'Mend what the finding says, then run `regraft verify`.',
  },
  RG346: {
    severity: 'warning',
    title: 'The base boots by another firmware than the machines have',
    checks:
      'The partition table of the base volume that machines boot from has a boot loader for their firmware: an EFI system partition for UEFI, boot code or a BIOS boot partition for BIOS.',
    next: 'Say the firmware in `machine` of the pool (`Firmware.uefi()`), or prepare a base for the one that it has.',
  },
  RG347: {
    severity: 'refuse',
    title: 'An overlay would be smaller than its base volume',
    checks:
      'No overlay that would be made has a smaller virtual size than the image or the real volume below it, whose end its guest would not see.',
    next: "Say at least the base volume's size in the code, or leave the size out.",
  },
  RG350: {
    severity: 'refuse',
    title: 'A base that something stands on would be retired',
    checks:
      'Nothing on the host that stays has a base that would be retired in its backing chain, in whatever storage pool it is and whoever made it; machines count by every definition of theirs, snapshots and saved memory too.',
    next: 'Move or remove what stands on it; `regraft bases` names it all.',
  },
  RG351: {
    severity: 'refuse',
    title: 'What stands on a base that would be deleted is not known',
    checks:
      'Every backing chain on the host can be followed to its end, and every active storage pool can be looked into, when a base would be deleted.',
    next: 'Make the folder of the file a storage pool of the host (`virsh pool-create-as`), or run regraft on the host itself as root.',
  },
  RG401: {
    severity: 'refuse',
    title: 'An overlay does not stand on the base that the manifest says',
    checks: 'The backing file of every overlay is the volume of its base.',
    next: 'Synthesize and plan again; when the overlay was rebased by hand, restore the clone.',
  },
  RG402: {
    severity: 'refuse',
    title: 'An overlay does not change as the code says',
    checks: 'Overlays are created, kept and deleted exactly as the bases before and after ask for.',
    next: 'Plan again; when it stays, look at what else changes this overlay.',
  },
  RG403: {
    severity: 'refuse',
    title: 'A retained overlay, the way back, would be lost',
    checks: 'The overlays of the base that a rebase retains are not touched.',
    next: 'Plan without -replace of it; to give up the way back, promote or set `retain: false`.',
  },
  RG404: {
    severity: 'refuse',
    title: 'The plan does other than the rebase declares',
    checks: 'Each volume of each clone fares as the RebasePlan in the manifest says.',
    next: 'Synthesize and plan again.',
  },
  RG405: {
    severity: 'warning',
    title: 'A clone gets fresh volumes from the base that it is on',
    checks: 'System and temporary volumes are not made anew, unless a restore asks for it.',
    next: 'Apply when you restore this clone: what was written to these volumes is lost.',
  },
  RG406: {
    severity: 'warning',
    title: 'The base changes without a rebase: there is no way back',
    checks: 'A clone moves onto another base by a Rebase that retains the old system overlays.',
    next: 'To keep a way back, leave `base` as it is and add a Rebase.',
  },
  RG407: {
    severity: 'info',
    title: 'The way back ends',
    checks: 'Retained overlays are deleted by promote.',
    next: 'Nothing, when the new base has proved itself.',
  },
  RG408: {
    severity: 'info',
    title: 'What was written since the rebase is discarded',
    checks: 'A revert deletes the system overlays on the new base.',
    next: 'Save what was written to system volumes since the rebase.',
  },
  RG409: {
    severity: 'warning',
    title: 'An overlay is missing on the host and is made anew',
    checks: 'An overlay that the stack had before is in the state.',
    next: 'Find out why it went; what was written to it is lost already.',
  },
  RG410: {
    severity: 'info',
    title: 'The plan goes on where a run broke off',
    checks: 'An overlay in the state is one that the stack had before; a deposed overlay is deleted.',
    next: 'Nothing.',
  },
  RG440: {
    severity: 'refuse',
    title: 'A backing link does not fix the format that the code says',
    checks:
      'Every overlay and base on the host, and every overlay that would be made, fixes the format of its backing file, and it is the declared one. A format that is not fixed is found in the first bytes, which a guest may have written.',
    next: 'Fix it with `qemu-img rebase -u -f qcow2 -F FORMAT -b BASE OVERLAY` while the machine is off, or restore the clone.',
  },
  RG501: {
    severity: 'refuse',
    title: 'A machine loses a data volume',
    checks: 'The machine of each clone has all of the data volumes that the manifest says.',
    next: 'Synthesize and plan again without overrides of its disks.',
  },
  RG502: {
    severity: 'refuse',
    title: 'A volume stands under another device name',
    checks:
      'Each volume has the target that the manifest says, and a data volume the one that it had before.',
    next: 'Keep the order and the buses of the volumes.',
  },
  RG503: {
    severity: 'refuse',
    title: "A machine gets another clone's volume",
    checks: 'No machine has a volume that belongs to another clone.',
    next: 'Synthesize and plan again without overrides of its disks.',
  },
  RG504: {
    severity: 'refuse',
    title: 'Two machines share a writable volume',
    checks: 'Every writable volume is on one machine at most, machines of other origin included.',
    next: 'Take the volume from one of them.',
  },
  RG505: {
    severity: 'refuse',
    title: 'A machine has other disks than the manifest says',
    checks:
      'The machine of each clone has exactly the system and temporary volumes that the manifest says, and nothing else.',
    next: 'Synthesize and plan again without overrides of its disks.',
  },
  RG506: {
    severity: 'refuse',
    title: 'A machine would change its identity',
    checks: 'Name, UUID and MAC addresses are the same before and after.',
    next: 'Take the change back, or retire the clone and make one of another name.',
  },
  RG507: {
    severity: 'refuse',
    title: 'A change of disks would not be carried out',
    checks:
      'With provider 0.8 a machine whose disks change is replaced: an update reports success and does nothing.',
    next: 'Keep the trigger in replace_triggered_by of the machine; one that was edited outside of Terraform is made anew after terraform taint ADDRESS.',
  },
  RG508: {
    severity: 'refuse',
    title: 'A machine would be deleted or forgotten that the code has',
    checks: 'Machines go only when their clone leaves the pool.',
    next: 'Put the block back, or take the clone out of the pool.',
  },
  RG509: {
    severity: 'refuse',
    title: 'A machine would stay on a deleted volume',
    checks: 'No machine has a volume that the plan deletes.',
    next: 'Plan again; when it stays, synthesize anew.',
  },
  RG510: {
    severity: 'warning',
    title: 'A machine is missing on the host and is defined anew',
    checks: 'A machine that the stack had before is in the state.',
    next: 'Find out who undefined it.',
  },
  RG511: {
    severity: 'refuse',
    title: 'A machine would write to a base',
    checks: 'No machine has a base volume as its disk.',
    next: 'Give it an overlay.',
  },
  RG601: {
    severity: 'warning',
    title: 'A resource of other origin would be deleted',
    checks: 'Resources in this stack that are not regraft’s are not deleted or replaced.',
    next: 'Make sure that this is meant; regraft knows nothing about it.',
  },
  RG701: {
    severity: 'warning',
    title: 'The storage pool may run out of space',
    checks: 'The free space is as large as new volumes can grow.',
    next: 'Make room, or rebase fewer clones at a time.',
  },
  RG702: {
    severity: 'info',
    title: 'A run that broke off has left a file',
    checks: "Every file with an overlay's name is known to the state or to a machine.",
    next: 'Run `regraft repair` when no run is going on.',
  },
  RG703: {
    severity: 'warning',
    title: 'A machine runs on another file than the state says',
    checks: "The disks of each machine, and their backing files, are those of Terraform's state.",
    next: 'Find out who changed it before the plan changes it back.',
  },
  RG704: {
    severity: 'warning',
    title: 'A disk was attached by hand',
    checks: "Each disk of a machine is one of the manifest's; a redefinition would detach others.",
    next: 'Add it to the code as a data volume, or detach it.',
  },
  RG705: {
    severity: 'warning',
    title: 'A running machine would be stopped',
    checks: 'Machines that the plan defines anew or removes are off.',
    next: '`regraft apply` asks it to shut down; shut it down yourself before anything else applies this.',
  },
  RG706: {
    severity: 'info',
    title: 'A running machine is changed by a provider that does not cut its power',
    checks: 'Machines that the plan defines anew or removes are off (provider regraft).',
    next: 'Nothing: to change disks, the provider asks it to shut down, changes nothing when it does not, and starts it again.',
  },
  RG730: {
    severity: 'refuse',
    title: 'A base is not whole',
    checks: 'No base of the code is being prepared, or was being prepared when `regraft prepare` was killed.',
    next: 'Wait until it has ended, or run the same `regraft prepare` again.',
  },
} as const satisfies Record<string, FindingKind>;

/** A finding code, such as `RG201`. */
export type FindingCode = keyof typeof FINDINGS;

/** Something that a reviewer should know, with its next step. */
export interface Finding {
  readonly code: FindingCode;
  readonly severity: Severity;
  readonly title: string;
  /** The Terraform address that it is about. */
  readonly address?: string;
  readonly pool?: string;
  readonly clone?: string;
  readonly expected: string;
  readonly found: string;
  readonly next: string;
}

/** What a rule says beside the code. */
export interface FindingDetails {
  readonly address?: string;
  readonly pool?: string;
  readonly clone?: string;
  readonly expected: string;
  readonly found: string;
  /** Less grave than the table says, such as a restore that was asked for. */
  readonly severity?: Severity;
}

/** Makes a finding of a code; passwords in URIs are masked. */
export function finding(code: FindingCode, { severity, expected, found, ...place }: FindingDetails): Finding {
  const kind: FindingKind = FINDINGS[code];
  return {
    code,
    severity: severity ?? kind.severity,
    title: kind.title,
    ...place,
    expected: maskedText(expected),
    found: maskedText(found),
    next: kind.next,
  };
}

/** The reference page of all finding codes in Markdown. */
export function findingsReference(): string {
  const rows = Object.entries<FindingKind>(FINDINGS).map(
    ([code, { severity, title, checks, next }]) =>
      `## ${code}: ${title}\n\n- Severity: ${severity}\n- Checked: ${checks}\n- Next step: ${next}\n`,
  );
  return [
    '# Findings of a review\n',
    '<!-- Made of the table in lib/review/findings.ts; change it there. -->\n',
    'One finding of severity `refuse` makes the verdict `refused`; `warning` and `info` do not.\n',
    ...rows,
  ].join('\n');
}
