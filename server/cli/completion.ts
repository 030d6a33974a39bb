// Shell completion, made from the commands themselves.
import type { Command } from 'commander';

export const shells = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof shells)[number];

interface Word {
  readonly name: string;
  readonly description: string;
}

/** What can follow `croft`, or `croft vm`, or `croft vm list`: sub-commands or options. */
interface Stage {
  /** The words before, without `croft`: `vm`, `vm list`, or empty. */
  readonly path: string;
  readonly words: readonly Word[];
}

/** The script for a shell, to be sourced. */
export function renderCompletion(program: Command, shell: Shell): string {
  const stages = stagesOf(program, []);
  if (shell === 'bash') return renderBash(stages);
  return shell === 'zsh' ? renderZsh(stages) : renderFish(stages);
}

function stagesOf(command: Command, path: readonly string[]): Stage[] {
  const below = command.commands.filter((one) => !one.name().startsWith('help'));
  const options = command.options.flatMap(({ long, description }) =>
    long ? [{ name: long, description }] : [],
  );
  const words = [...below.map((one) => ({ name: one.name(), description: one.description() })), ...options];
  return [{ path: path.join(' '), words }, ...below.flatMap((one) => stagesOf(one, [...path, one.name()]))];
}

function renderBash(stages: readonly Stage[]): string {
  const cases = stages.map(
    ({ path, words }) => `    '${path}') words='${words.map(({ name }) => name).join(' ')}' ;;`,
  );
  return `# Completion of croft for bash: source <(croft completion bash)
_croft() {
  local path='' word words='' i
  for ((i = 1; i < COMP_CWORD && i <= 2; i++)); do
    word=\${COMP_WORDS[i]}
    [[ $word == -* ]] && break
    path+="\${path:+ }$word"
  done
  case $path in
${cases.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
  [[ $path == 'storage upload' ]] && COMPREPLY+=($(compgen -f -- "\${COMP_WORDS[COMP_CWORD]}"))
  return 0
}
complete -F _croft croft
`;
}

function renderZsh(stages: readonly Stage[]): string {
  const quote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
  const cases = stages.map(({ path, words }) => {
    const lines = words.map(({ name, description }) => `        ${quote(`${name}:${description}`)}`);
    return `    ${quote(path)})\n      items=(\n${lines.join('\n')}\n      ) ;;`;
  });
  return `#compdef croft
# Completion of croft for zsh: source <(croft completion zsh)
_croft() {
  local -a items
  local at="\${(j: :)words[2,CURRENT-1]}"
  local place="\${\${(s: :)at}[1,2]}"
  case "$place" in
${cases.join('\n')}
  esac
  _describe 'croft' items
  [[ $place == 'storage upload' ]] && _files
}
compdef _croft croft
`;
}

function renderFish(stages: readonly Stage[]): string {
  const lines = stages.flatMap(({ path, words }) => {
    const count = path === '' ? 0 : path.split(' ').length;
    return words.map(({ name, description }) => {
      const text = description.replaceAll('\\', '\\\\').replaceAll("'", "\\'");
      const what = name.startsWith('--') ? `-l ${name.slice(2)}` : `-a ${name}`;
      return `complete -c croft -n "__croft_at ${count} '${path}'" ${what} -d '${text}'`;
    });
  });
  return `# Completion of croft for fish: croft completion fish | source
function __croft_at
  set -l words (commandline -opc)[2..]
  set -l deep (count $words)
  if test $argv[1] -lt 2 -a $deep -ne $argv[1]
    return 1
  end
  test "$words[1..$argv[1]]" = "$argv[2]"
end
complete -c croft -f
complete -c croft -n "__croft_at 2 'storage upload'" -F
${lines.join('\n')}
`;
}
