/**
 * Stems that British and American English spell differently, with whatever may
 * stand before and after them: `colour` covers `discoloured` and `colourful`.
 */
const STEMS = new Map(
  `colour color, favour favor, honour honor, labour labor, neighbour neighbor, behaviour behavior,
  harbour harbor, humour humor, rumour rumor, vapour vapor, flavour flavor, odour odor,
  parlour parlor, saviour savior, splendour splendor, tumour tumor, valour valor, vigour vigor,
  armour armor, candour candor, clamour clamor, endeavour endeavor, fervour fervor,
  rancour rancor, savour savor, succour succor, arbour arbor, demeanour demeanor, ardour ardor,
  centre center, theatre theater, metre meter, litre liter, fibre fiber, spectre specter,
  sombre somber, calibre caliber, lustre luster, manoeuvr maneuver, sabre saber,
  sceptre scepter, meagre meager, reconnoitre reconnoiter,
  travell travel, cancell cancel, modell model, labell label, levell level, signall signal,
  quarrell quarrel, marvell marvel, counsell counsel, woollen woolen, jewellery jewelry, jewell jewel,
  fuell fuel, tunnell tunnel, rivall rival, equall equal, dialled dialed, dialling dialing,
  worshipp worship, kidnapp kidnap,
  defence defense, offence offense, licence license, pretence pretense, practise practice,
  catalogue catalog, dialogue dialog, analogue analog, monologue monolog, prologue prolog,
  grey gray, cheque check, tyre tire, plough plow, programme program, mould mold, moustache mustache,
  sceptic skeptic, sulphur sulfur, aeroplane airplane, kerb curb, draught draft, gaol jail,
  pyjama pajama, ageing aging, judgement judgment, acknowledgement acknowledgment,
  skilful skillful, wilful willful, cosy cozy, storey story, waggon wagon,
  anaem anem, paediatr pediatr, encyclopaed encycloped, oestr estr, foet fet, haemo hemo,
  leukaem leukem, orthopaed orthoped, mediaeval medieval, anaesth anesth, diarrhoea diarrhea,
  aluminium aluminum`
    .split(',')
    .map((pair) => pair.trim().split(' ') as [string, string]),
);

const STEM = new RegExp([...STEMS.keys()].join('|'), 'g');
/** Verbs in -ise and -yse; words that are no such verbs change on both sides of a comparison alike. */
const VERB = /\b([a-z]{3,}?)(i|y)s(e|ed|es|er|ers|ing|ation|ations)\b/g;

/** Doubled where the ending is stressed in American English alone. */
const DOUBLED_END = /\b(fulfil|enrol|instil|distil|appal)(s|ment|ments)?\b/g;

/**
 * Spells as Americans do, by rules: what they change is compared with text that
 * went through the same rules, so it has to come out alike and need not be right.
 */
export function withAmericanSpelling(text: string): string {
  return text
    .replace(STEM, (stem) => STEMS.get(stem)!)
    .replace(VERB, '$1$2z$3')
    .replace(DOUBLED_END, '$1l$2');
}
