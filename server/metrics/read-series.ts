// How recorded measurements are read, as the API asks for them.

export type Timeframe = 'hour' | 'day' | 'week' | 'month' | 'year' | 'decade';
export type Consolidation = 'AVERAGE' | 'MAX';

/** `time` in seconds since the epoch; a value that was not measured then is absent. */
export type SeriesRow = { time: number } & Record<string, number>;

/** The rows of one series (`qemu/100`, `node/pve1`, `storage/pve1/local`), oldest first; none for an unknown one. */
export type ReadSeries = (id: string, timeframe: Timeframe, consolidation: Consolidation) => SeriesRow[];
