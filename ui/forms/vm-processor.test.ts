// A VM's processor and memory: what forms make is what the contract takes; what is not changed is not sent.
import { describe, expect, it, test } from 'vitest';
import { cpuString } from '../../server/contract/qemu-strings.ts';
import { isKnownCpu } from '../../server/guests/config/cpu-models.ts';
import type { PendingLine } from './guest-config.ts';
import { checkMemory, type MemoryForm, memoryChange, readMemory } from './vm-memory.ts';
import {
  checkProcessor,
  cpuFlags,
  cpusByMaker,
  generalCpus,
  type ProcessorForm,
  processorChange,
  readProcessor,
} from './vm-processor.ts';

const linesOf = (config: Record<string, string>): PendingLine[] =>
  Object.entries(config).map(([key, value]) => ({ key, value }));
const lines = linesOf({ cores: '4', cpu: 'host,flags=+aes;-pcid,guest-phys-bits=40', cpulimit: '0' });

describe('the processor', () => {
  it('that is opened and saved sends what it is', () => {
    expect(processorChange(readProcessor(lines), lines)).toEqual({ sockets: '1', cores: '4' });
    const old = linesOf({ cpu: 'cputype=EPYC' });
    expect(readProcessor(old).type).toBe('EPYC');
    expect(processorChange(readProcessor(old), old)).toEqual({ sockets: '1', cores: '1' });
  });

  it.each<[Partial<ProcessorForm>, object]>([
    [{ type: 'x86-64-v3' }, { cpu: 'x86-64-v3,flags=+aes;-pcid,guest-phys-bits=40' }],
    [{ flags: { pcid: '+' } }, { cpu: 'host,flags=+pcid,guest-phys-bits=40' }],
    [{ flags: {} }, { cpu: 'host,guest-phys-bits=40' }],
    [
      { flags: {}, hidden: true, vendor: 'Office', physBits: 'host' },
      { cpu: 'host,guest-phys-bits=40,hidden=1,hv-vendor-id=Office,phys-bits=host' },
    ],
    [
      { vcpus: '2', limit: '1,5', units: '200', numa: true },
      { vcpus: '2', cpulimit: '1.5', cpuunits: '200', numa: true },
    ],
    [{ affinity: '0-3,8' }, { affinity: '0-3,8' }],
  ])('%j sends %j', (part, sent) => {
    const form = { ...readProcessor(lines), ...part };
    expect(checkProcessor(form)).toEqual({});
    const change = processorChange(form, lines);
    expect(change).toEqual({ sockets: '1', cores: '4', ...sent });
    if (change['cpu'] !== undefined)
      expect(cpuString.parse(String(change['cpu']))).toMatchObject({ ok: true });
  });

  it('gives back what was limited', () => {
    const limited = linesOf({
      cores: '2',
      vcpus: '1',
      cpulimit: '1',
      cpuunits: '50',
      numa: '1',
      affinity: '1',
    });
    const form = { ...readProcessor(limited), vcpus: '', limit: '', units: '', numa: false, affinity: '' };
    expect(processorChange(form, limited)).toEqual({
      ...{ sockets: '1', cores: '2', vcpus: undefined, cpulimit: undefined, cpuunits: undefined },
      ...{ numa: undefined, affinity: undefined },
    });
  });

  it.each<[Partial<ProcessorForm>, object]>([
    [{ cores: '0' }, { cores: 'number' }],
    [{ sockets: 'x' }, { sockets: 'number' }],
    [{ sockets: '16', cores: '16' }, { cores: 'tooManyCores' }],
    [{ vcpus: '5' }, { vcpus: 'vcpus' }],
    [{ limit: '129' }, { limit: 'cpuLimit' }],
    [{ units: '0' }, { units: 'cpuUnits' }],
    [{ affinity: '0-' }, { affinity: 'cpuList' }],
    [{ vendor: 'thirteenchars' }, { vendor: 'vendor' }],
    [{ physBits: '65' }, { physBits: 'physBits' }],
  ])('%j is wrong at %j', (part, wrong) => {
    expect(checkProcessor({ ...readProcessor(lines), ...part })).toEqual(wrong);
  });

  test('all types and flags that are offered are known', () => {
    for (const type of [...generalCpus, ...Object.values(cpusByMaker).flat()])
      expect(isKnownCpu(type), type).toBe(true);
    for (const flag of cpuFlags)
      expect(cpuString.parse(`host,flags=+${flag}`), flag).toMatchObject({ ok: true });
  });
});

describe('the memory', () => {
  const plain = linesOf({ memory: '2048' });

  it('that is opened and saved sends what it is', () => {
    expect(memoryChange(readMemory(plain), plain)).toEqual({ memory: '2048' });
    const full = linesOf({
      memory: '2048',
      balloon: '1024',
      shares: '500',
      'allow-ksm': '0',
    });
    expect(readMemory(full)).toMatchObject({
      balloon: 'between',
      minimum: '1024',
      ksm: false,
    });
    expect(memoryChange(readMemory(full), full)).toEqual({ memory: '2048' });
  });

  it.each<[Partial<MemoryForm>, object]>([
    [
      { balloon: 'between', minimum: '512', shares: '2000' },
      { balloon: '512', shares: '2000' },
    ],
    [{ balloon: 'none' }, { balloon: '0' }],
    [{ ksm: false }, { 'allow-ksm': false }],
    [{ shares: '2000' }, {}],
  ])('%j sends %j', (part, sent) => {
    const form = { ...readMemory(plain), ...part };
    expect(checkMemory(form)).toEqual({});
    expect(memoryChange(form, plain)).toEqual({ memory: '2048', ...sent });
  });

  it('a balloon as large as the memory goes when there is less of it', () => {
    const full = linesOf({ memory: '2048', balloon: '2048' });
    expect(memoryChange(readMemory(full), full)).toEqual({ memory: '2048' });
    expect(memoryChange({ ...readMemory(full), memory: '1024' }, full)).toEqual({
      memory: '1024',
      balloon: undefined,
    });
  });

  it.each<[Partial<MemoryForm>, object]>([
    [{ memory: '15' }, { memory: 'memory' }],
    [{ balloon: 'between', minimum: '4096' }, { minimum: 'minimum' }],
    [{ balloon: 'between', minimum: '' }, { minimum: 'minimum' }],
    [{ balloon: 'between', minimum: '1', shares: '50001' }, { shares: 'shares' }],
    [{ balloon: 'all', minimum: 'x', shares: 'x' }, {}],
  ])('%j is wrong at %j', (part, wrong) => {
    expect(checkMemory({ ...readMemory(plain), ...part })).toEqual(wrong);
  });
});
