import type { RebasePlan } from '../model/rebase-plan';

/** A file of the user's code. */
export interface SourceFile {
  /** Relative to the project's folder, with `/` between its parts. */
  readonly path: string;
  readonly text: string;
}

/** What ends a rebase: the clones go back to their retained overlays, or the new base becomes the pool's. */
export type EditVerb = 'revert' | 'promote';

/** What is asked of the code. */
export interface EditRequest {
  readonly verb: EditVerb;
  readonly pool: string;
  /** The rebases of that pool, as the synthesized stacks say. */
  readonly rebases: readonly RebasePlan[];
}

/** Lines that give way to others. */
export interface LineEdit {
  /** The number of the first line, from 1, in the file as it is. */
  readonly line: number;
  /** The lines that go; empty when none does. */
  readonly before: string;
  /** The lines that come; empty when none does. */
  readonly after: string;
}

/** What the user should know of the code after an edit. */
export interface Remark {
  /**
   * `kept`: an expression that made a base, now a statement of its own. `unnamed`: a construct whose variable had no
   * more use and went. `unused`: a name that has no more use, and was left.
   */
  readonly kind: 'kept' | 'unnamed' | 'unused';
  /** The name, or the first line of the expression. */
  readonly text: string;
  /** In the edited file, from 1. */
  readonly line: number;
}

/** An edit that can be made as it is. */
export interface CodeEdit {
  readonly file: string;
  readonly edits: readonly LineEdit[];
  readonly oldText: string;
  readonly newText: string;
  readonly remarks: readonly Remark[];
}

/** A place in the code that a person has to look at. */
export interface Place {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** The line, without its indentation. */
  readonly text: string;
  /** What to do there. */
  readonly todo: string;
}

/** Why no edit can be made without a person, and where to look. */
export interface AmbiguousEdit {
  readonly ambiguous: string;
  readonly places: readonly Place[];
}

/** A file that could not be read as code. */
export interface UnreadFile {
  readonly file: string;
  readonly why: string;
}

/** What was found in the code, and the files that were passed over. */
export interface FoundEdit {
  readonly result: CodeEdit | AmbiguousEdit;
  readonly unread: readonly UnreadFile[];
}

/** Thrown where the search ends without an edit; {@link findEdit} makes an {@link AmbiguousEdit} of it. */
export class Ambiguous extends Error {
  constructor(
    message: string,
    /** Where to look. */
    readonly places: readonly Place[] = [],
    /** Whether those are all places; else those of the rebase and the pool come first. */
    readonly isAll = false,
  ) {
    super(message);
  }
}
