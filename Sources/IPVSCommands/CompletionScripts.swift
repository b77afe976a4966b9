// SPDX-License-Identifier: Apache-2.0

internal import IPVSGrammar

extension Shell {
  /// What tells the shell to ask the program. Administrators' programs are not on everyone's PATH.
  var script: StaticString {
    switch self {
    case .bash: Self.bash
    case .zsh: Self.zsh
    case .fish: Self.fish
    }
  }

  /// bash takes `:` and `=` for ends of words. The line is put together again for the question, and of the
  /// answers what bash takes for earlier words is cut off.
  private static let bash: StaticString = #"""
    # bash completion for ipvsadm, printed by `ipvsadm --completion bash'
    _ipvsadm()
    {
        local rest=${COMP_LINE:0:COMP_POINT} words=() word gap reply line
        for word in "${COMP_WORDS[@]:0:COMP_CWORD+1}"; do
            gap=${rest%%[![:blank:]]*}
            rest=${rest#"$gap"}
            word=${rest:0:${#word}}
            rest=${rest:${#word}}
            if [[ -n $gap || ${#words[@]} -eq 0 ]]; then
                words+=("$word")
            else
                words[${#words[@]}-1]+=$word
            fi
        done
        mapfile -t reply < <(
            PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin \
                ipvsadm --completion bash -- "${words[@]}" 2>/dev/null)
        COMPREPLY=()
        if [[ ${reply[0]} == files ]]; then
            compopt -o default 2>/dev/null
            return
        fi
        word=${words[${#words[@]}-1]}
        gap=
        if [[ $COMP_WORDBREAKS == *:* && $word == *:* ]]; then gap=${word%"${word##*:}"}; fi
        if [[ $COMP_WORDBREAKS == *=* && $word == *=* ]]; then
            line=${word%"${word##*=}"}
            if [[ ${#line} -gt ${#gap} ]]; then gap=$line; fi
        fi
        for line in "${reply[@]:1}"; do
            line=${line%%$'\t'*}
            COMPREPLY+=("${line#"$gap"}")
        done
    }
    complete -F _ipvsadm ipvsadm ipvsadm-save ipvsadm-restore ippfvsadm

    """#

  private static let zsh: StaticString = #"""
    #compdef ipvsadm ipvsadm-save ipvsadm-restore ippfvsadm
    # zsh completion for ipvsadm, printed by `ipvsadm --completion zsh'
    _ipvsadm() {
      local -a reply values texts
      local line
      reply=("${(@f)$(PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin command ipvsadm --completion zsh -- \
        "${(@Q)words[1,CURRENT-1]}" "${(Q)PREFIX}" 2>/dev/null)}")
      if [[ $reply[1] == files ]]; then
        _files
        return
      fi
      for line in "${(@)reply[2,-1]}"; do
        [[ -n $line ]] || continue
        values+=("${line%%$'\t'*}")
        texts+=("${line/$'\t'/  }")
      done
      (( $#values )) && compadd -l -d texts -a values
    }
    if [[ $funcstack[1] == _ipvsadm ]]; then
      _ipvsadm "$@"
    elif (( $+functions[compdef] )); then
      compdef _ipvsadm ipvsadm ipvsadm-save ipvsadm-restore ippfvsadm
    fi

    """#

  private static let fish: StaticString = #"""
    # fish completion for ipvsadm, printed by `ipvsadm --completion fish'
    function __ipvsadm_words
        set -lx PATH $PATH /usr/local/sbin /usr/sbin /sbin
        set -l typed (commandline -ct)
        set -l reply (command ipvsadm --completion fish -- (commandline -opc) "$typed" 2>/dev/null)
        if test "$reply[1]" = files
            __fish_complete_path "$typed"
        else if set -q reply[2]
            string join \n -- $reply[2..-1]
        end
    end
    for name in ipvsadm ipvsadm-save ipvsadm-restore ippfvsadm
        complete -c $name -f -a '(__ipvsadm_words)'
    end

    """#
}
