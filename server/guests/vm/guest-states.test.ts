// Events and listings together: nobody hears old news, and nobody misses any.
import type { DomainStats } from 'node-libvirt';
import { beforeEach, describe, expect, it } from 'vitest';
import type { GuestObservation } from '../guest-driver.ts';
import { GuestStates } from './guest-states.ts';

const domain = (name: string) => ({ name, uuid: name, id: 1 });
const record = (name: string, state = 1, reason = 1): DomainStats => ({
  domain: domain(name),
  values: new Map([
    ['state.state', state],
    ['state.reason', reason],
  ]),
});

describe('GuestStates', () => {
  let states: GuestStates;
  let told: GuestObservation[];
  beforeEach(() => {
    states = new GuestStates('croft-');
    told = [];
    states.watch((observation) => told.push(observation));
  });

  it('tells a start once, though libvirt says resumed before started', () => {
    states.lifecycle(domain('croft-100'), 4, 0);
    states.lifecycle(domain('croft-100'), 2, 0);
    expect(told).toEqual([{ vmid: 100, state: 'running', reason: 'started' }]);
  });

  it('is silent about the domains of others', () => {
    states.lifecycle(domain('web'), 2, 0);
    states.notice(domain('web'), 'reset');
    expect(told).toEqual([]);
  });

  it('lists ours only, and tells a reset with the state it found', async () => {
    const guests = await states.takeListing(async () => [record('croft-100', 3), record('web')]);
    expect(guests).toEqual([{ vmid: 100, domain: domain('croft-100'), state: 'paused' }]);
    states.notice(domain('croft-100'), 'reset');
    expect(told).toEqual([{ vmid: 100, state: 'paused', reason: 'reset' }]);
  });

  it('believes an event more than a listing asked for before it', async () => {
    const guests = await states.takeListing(async () => {
      states.lifecycle(domain('croft-100'), 2, 0);
      states.lifecycle(domain('croft-100'), 5, 1);
      states.lifecycle(domain('croft-101'), 2, 0);
      return [record('croft-100'), record('croft-101', 3)];
    });
    expect(guests).toEqual([{ vmid: 101, domain: domain('croft-101'), state: 'running' }]);
  });

  it('keeps a guest that started after the listing was made', async () => {
    await states.takeListing(async () => {
      states.lifecycle(domain('croft-100'), 2, 0);
      return [];
    });
    states.notice(domain('croft-100'), 'agent');
    expect(told.at(-1)).toEqual({ vmid: 100, state: 'running', reason: 'agent' });
  });

  it('after a lost connection tells every guest, also those that went meanwhile', async () => {
    await states.takeListing(async () => [record('croft-100'), record('croft-101')]);
    await states.takeListing(async () => [record('croft-101', 3), record('croft-102')], true);
    expect(told).toEqual([
      { vmid: 101, state: 'paused', reason: 'reconnected' },
      { vmid: 102, state: 'running', reason: 'reconnected' },
      { vmid: 100, state: 'stopped', reason: 'reconnected' },
    ]);
  });
});
