/** Recordings of one person in a Debian package. */
export type VoiceSource = {
  voice: string;
  package: string;
  /** Glob patterns inside the package. */
  files: readonly string[];
  /** SPDX expression. */
  licence: string;
};

const ASTERISK = 'usr/share/asterisk/sounds';
const TUXPAINT = 'usr/share/tuxpaint/stamps';
const FILLETS = 'usr/share/games/fillets-ng/sound';

/** Prompts of telephone exchanges, read in a studio. */
const ANNOUNCERS = [
  ['allison', 'en', 'en_US_f_Allison', 'CC-BY-SA-3.0'],
  ['june', 'fr', 'fr_CA_f_June', 'CC-BY-SA-3.0'],
  ['carlo', 'it', 'it_IT_m_Carlo', 'CC-BY-3.0'],
  ['ivrvoice', 'ru', 'ru_RU_f_IvrvoiceRU', 'CC-BY-3.0'],
] as const;

/** Descriptions of pictures, read by volunteers at home; one a language. */
const VOLUNTEERS = ['be', 'bg', 'ca', 'da', 'el', 'es', 'fr', 'ro', 'ru'];

/** The two heroes of a game, acted. */
const ACTORS = [
  ['cs', 'm', 'small'],
  ['cs', 'v', 'big'],
  ['nl', 'm', 'small'],
  ['nl', 'v', 'big'],
] as const;

/**
 * People whose voices thresholds are calibrated on: none of them is in the
 * recordings that figures are reported of. What is free and says who speaks is
 * mostly in packages of other things.
 */
export const VOICE_SOURCES: readonly VoiceSource[] = [
  ...ANNOUNCERS.map(([voice, language, folder, licence]) => ({
    voice,
    package: `asterisk-core-sounds-${language}-g722`,
    files: [`${ASTERISK}/${folder}/*.g722`],
    licence,
  })),
  ...VOLUNTEERS.map((language) => ({
    voice: `volunteer-${language}`,
    package: 'tuxpaint-stamps-default',
    files: [`${TUXPAINT}/*/**/*_desc_${language}.ogg`],
    licence: 'GPL-2.0-or-later',
  })),
  ...ACTORS.map(([language, letter, name]) => ({
    voice: `${name}-fish-${language}`,
    package: `fillets-ng-data-${language}`,
    files: [`${FILLETS}/*/${language}/*-${letter}-*.ogg`],
    licence: 'GPL-2.0-or-later',
  })),
];
