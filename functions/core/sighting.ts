/** What one frame showed: written by `inspect`, read by `correlate`. */
import type { Box, Point, Polygon } from './camera.ts';
import type { CameraId, FrameId, PlaceId, RuleId, SightingId, ZoneId } from './ids.ts';
import type { PlateRead } from './plates/plate.ts';
import type { Instant } from './time.ts';

export type VehicleClass = 'car' | 'bus' | 'truck' | 'motorcycle' | 'bicycle';

/** Where an object touches the ground, as shares of its ground contact; they add up to at most 1. */
export interface GroundContact {
  /** On a sidewalk and not in a marked bay. */
  sidewalk: number;
  /** Inside a marked bay: legal though the bay lies on the sidewalk. */
  bay: number;
  road: number;
}

/** The version of a zone and of the rule that judged a sighting. */
export interface ZoneVersion {
  zoneId: ZoneId;
  version: number;
}
export interface RuleVersion {
  ruleId: RuleId;
  version: number;
}
/** A model as its card names it; the hash is of the weights. */
export interface ModelVersion {
  name: string;
  version: string;
  sha256: string;
}

/** 目击: one vehicle in one frame. Recorded wherever it stands, so that a continued stay is not taken for a departure. */
export interface VehicleSighting {
  id: SightingId;
  class: VehicleClass;
  /** Detector score, 0..1. */
  score: number;
  box: Box;
  contact: GroundContact;
  /** The sidewalk zone that its ground contact lies in most, and the rule in force for it; null when in none. */
  zone: ZoneVersion | null;
  rule: RuleVersion | null;
  plate: PlateRead | null;
  /**
   * Colour and structure of the upper body, unit length, any two of one camera comparable by dot product (-1..1): made
   * from pixels alone, so by whichever model the vehicle was found.
   */
  appearance: readonly number[];
}

/** One storefront zone in one frame. What was put out is judged later, against the zone's clear reference. */
export interface StorefrontSighting {
  id: SightingId;
  zone: ZoneVersion;
  rule: RuleVersion | null;
  shop: string | null;
  /** Share of the zone that nothing passing (person, vehicle, two-wheeler) hides, 0..1. */
  visible: number;
  /** Supporting evidence: goods, furniture, parasols. */
  supporting: readonly { label: string; score: number; box: Box }[];
  /** How unlike bare pavement the visible zone looks, 0 (bare) .. 1; the least of many frames serves as the clear reference. */
  clutter: number;
}

/** 一帧所见: everything `inspect` has to say about one frame at one place. */
export interface Observation {
  frameId: FrameId;
  cameraId: CameraId;
  placeId: PlaceId;
  capturedAt: Instant;
  imageSize: readonly [number, number];
  vehicles: readonly VehicleSighting[];
  storefronts: readonly StorefrontSighting[];
  /** Boxes of everything that can stand between the camera and a spot: people too. */
  occluders: readonly { label: string; score: number; box: Box }[];
  models: readonly ModelVersion[];
}

/**
 * A small picture of a whole frame, kept to ask later whether a spot looks the same in two frames of one camera.
 * `luma` is row-major, `width * height` bytes.
 */
export interface Scene {
  frameId: FrameId;
  width: number;
  height: number;
  luma: Uint8Array;
}

/** The light a look was taken in, as statistics of its pixels: no names, since nobody tells a camera that it rains. */
export interface Light {
  /** Mean luma (ITU-R BT.601), 0..255. */
  luma: number;
  /** Standard deviation of luma over its mean: flat in fog and overcast, high under hard shadows and lamps. */
  contrast: number;
  /** Red minus blue over their sum with green, -1..1: positive under lamps and a low sun, negative at dusk. */
  warmth: number;
}

/**
 * A storefront zone in the feature space of the detector's backbone, on a fixed grid over the zone's bounding box.
 * Comparable between frames of the same zone version and model.
 */
export interface StorefrontFeatures {
  sightingId: SightingId;
  columns: number;
  rows: number;
  channels: number;
  /** Int8, row-major cells, `channels` values each; every cell vector scaled to length 127. */
  values: Int8Array;
  /** 1 where the cell lies in the zone. */
  inZone: Uint8Array;
  /** 1 where a person, vehicle or two-wheeler hides the cell. */
  hidden: Uint8Array;
  /** How unlike bare pavement each cell looks by itself, 0 (bare) .. 255 (certainly something put there). */
  clutter?: Uint8Array;
  /** The part of the frame that the grid covers. */
  box?: Box;
  /** Whose features these are, as name, version and hash: those of two models are never compared. */
  model?: string;
  /** Of what nothing hides. */
  light?: Light;
}

export type { Point, Polygon };
