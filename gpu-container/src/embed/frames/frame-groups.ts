import { type FrameIndex, isKeyframe } from './frame-index.ts';

/** A keyframe takes several times what a frame does that refers to others: 7 to 24 ms against 4 to 5. */
const KEYFRAME_COST_FRAMES = 4;

/** Frames to decode in one go. */
export type FrameGroup = {
  frames: number[];
  /** Whether all of them are keyframes, between which nothing else is decoded. */
  isOfKeyframes: boolean;
};

/** The cheapest way to have a frame and those before it, if its group is of this kind. */
type Path = {
  frame: number;
  isOfKeyframes: boolean;
  isStart: boolean;
  /** In frames decoded. */
  cost: number;
  before: Path | null;
};

/**
 * Groups frames for the least to decode. From one frame wanted to the next either
 * decoding goes on, or a new group starts at the keyframe before the second; and a
 * group either decodes every frame, or gives keyframes alone and decodes no other.
 * What is cheapest follows frame by frame, from the cheapest way to the frame
 * before in a group of either kind.
 *
 * @param frames numbers of frames in the index, ascending
 * @param startCost of a group, in frames that could be decoded instead
 */
export function cheapestGroups(
  frames: readonly number[],
  index: FrameIndex,
  startCost: number,
): FrameGroup[] {
  const keyframesUpTo = countKeyframes(index);
  const costOnward = ({ frame, isOfKeyframes }: Path, next: number) =>
    isOfKeyframes
      ? KEYFRAME_COST_FRAMES * (keyframesUpTo[next]! - keyframesUpTo[frame]!)
      : Math.max(0, index.decodePositions[next]! - index.decodePositions[frame]!);

  let paths: Path[] = [];
  for (const frame of frames) {
    const leadIn = index.decodePositions[frame]! - index.keyframePositions[frame]!;
    const before = cheapest(paths);
    const startingHere = (before?.cost ?? 0) + startCost + KEYFRAME_COST_FRAMES + leadIn;
    paths = (isKeyframe(index, frame) ? [false, true] : [false]).map((isOfKeyframes) => {
      const same = paths.find((path) => path.isOfKeyframes === isOfKeyframes);
      const goingOn = same && same.cost + costOnward(same, frame);
      return goingOn !== undefined && goingOn <= startingHere
        ? { frame, isOfKeyframes, isStart: false, cost: goingOn, before: same! }
        : { frame, isOfKeyframes, isStart: true, cost: startingHere, before };
    });
  }

  const groups: FrameGroup[] = [];
  let members: number[] = [];
  for (let path = cheapest(paths); path !== null; path = path.before) {
    members.unshift(path.frame);
    if (path.isStart) {
      groups.unshift({ frames: members, isOfKeyframes: path.isOfKeyframes });
      members = [];
    }
  }
  return groups;
}

/** Of equally cheap ones, that which decodes keyframes alone: they overshoot by less. */
function cheapest(paths: readonly Path[]): Path | null {
  return paths.reduce<Path | null>(
    (best, path) => (best === null || path.cost <= best.cost ? path : best),
    null,
  );
}

function countKeyframes(index: FrameIndex): Int32Array {
  let count = 0;
  return Int32Array.from(index.times, (_, frame) => {
    count += isKeyframe(index, frame) ? 1 : 0;
    return count;
  });
}
