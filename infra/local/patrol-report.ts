/** The one JSON document that `patrol` prints. */
export interface PatrolIncident {
  id: string;
  type: string;
  /** With the dot, 浙A·8K3F2; null when no frame showed it well enough: a reviewer types it. */
  plate: string | null;
  place: string;
  zone: string;
  shop: string | null;
  /** ISO 8601, Beijing time. */
  firstSeen: string;
  lastSeen: string;
  /** How many frames show it. */
  frames: number;
  state: string;
  /** `evidence`, or `clue` where the camera's dossier or the frames allow no more. */
  grade: string;
  phase: string;
  /** Path of the sealed package; null until it is sealed. */
  package: string | null;
  packageSha256: string | null;
}

export interface PatrolReport {
  incidents: readonly PatrolIncident[];
  /** Frames accepted, every one counted once. */
  frames: number;
  refused: readonly { file: string; code: string; message: string }[];
  timings: {
    totalMs: number;
    /** Medians over the frames of this run. */
    frameMs: { decode: number; detect: number; plate: number; storefront: number; total: number; sessionRun: number };
  };
}
