/** What shells are given: scripts that ask the program itself which words may follow. */

/** By the name of the shell. */
export const SHELL_SCRIPTS: Readonly<Record<string, string>> = {
  bash: `# bash completion for strata
_strata() {
  local line
  local -a lines=()
  COMPREPLY=()
  while IFS= read -r line; do
    lines+=("$line")
  done < <("\${COMP_WORDS[0]}" __complete bash -- "$COMP_WORDBREAKS" "\${COMP_LINE:0:COMP_POINT}" 2>/dev/null)
  case "\${lines[0]-}" in
    files)
      line="\${COMP_WORDS[COMP_CWORD]}"
      [ "$line" = "=" ] && line=""
      while IFS= read -r line; do
        COMPREPLY+=("$line")
      done < <(compgen -f -- "$line")
      type compopt >/dev/null 2>&1 && compopt -o filenames 2>/dev/null
      return
      ;;
    open) type compopt >/dev/null 2>&1 && compopt -o nospace 2>/dev/null ;;
  esac
  COMPREPLY=("\${lines[@]:1}")
}
complete -F _strata strata
`,
  zsh: `#compdef strata
# zsh completion for strata
_strata() {
  local line directive
  local -a lines found shown
  lines=("\${(@f)$("\${words[1]}" __complete zsh -- "\${(@Q)words[2,CURRENT-1]}" "\${(Q)PREFIX}" 2>/dev/null)}")
  directive="\${lines[1]}"
  if [[ "$directive" == files ]]; then
    [[ "$PREFIX" == --*=* ]] && compset -P 1 '*='
    _files
    return
  fi
  for line in "\${(@)lines[2,-1]}"; do
    found+=("\${line%%$'\\t'*}")
    if [[ "$line" == *$'\\t'* ]]; then
      shown+=("\${line%%$'\\t'*}  -- \${line#*$'\\t'}")
    else
      shown+=("$line")
    fi
  done
  (( \${#found} )) || return 1
  if [[ "$directive" == open ]]; then
    compadd -S '' -l -d shown -- "\${(@)found}"
  else
    compadd -l -d shown -- "\${(@)found}"
  fi
}
if [ "\${funcstack[1]}" = "_strata" ]; then _strata "$@"; else compdef _strata strata; fi
`,
  fish: `# fish completion for strata
function __strata_words
    set -l typed (commandline -opc)
    set -l current (commandline -ct)
    set -l program $typed[1]
    set -e typed[1]
    set -l lines ($program __complete fish -- $typed "$current" 2>/dev/null)
    set -q lines[1]; or return
    if test "$lines[1]" = files
        __fish_complete_path (string replace -r '^--[a-z-]+=' '' -- "$current")
        return
    end
    set -e lines[1]
    set -q lines[1]; and printf '%s\\n' $lines
end
complete -c strata -e
complete -c strata -f -a '(__strata_words)'
`,
};
