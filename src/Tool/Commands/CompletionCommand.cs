using System.CommandLine;

namespace Microsoft.ML.Introspection.Tool.Commands;

/// <summary><c>introspect completion</c>: what a shell has to run to complete our command lines.</summary>
internal sealed class CompletionCommand : System.CommandLine.Command, IHasHelpSections
{
    // Each asks the tool itself, which knows commands, options, methods and values.
    private static readonly Dictionary<string, string> Scripts = new()
    {
        ["bash"] = """
            _introspect() {
              local IFS=$'\n' candidates
              candidates=$(introspect "[suggest:$COMP_POINT]" "$COMP_LINE" 2>/dev/null)
              COMPREPLY=($(compgen -W "$candidates" -- "${COMP_WORDS[COMP_CWORD]}"))
            }
            complete -o default -F _introspect introspect
            """,
        ["zsh"] = """
            _introspect() {
              local candidates=("${(@f)$(introspect "[suggest:$CURSOR]" "$BUFFER" 2>/dev/null)}")
              compadd -- $candidates
              _files
            }
            (( $+functions[compdef] )) || { autoload -Uz compinit && compinit }
            compdef _introspect introspect
            """,
        ["powershell"] = """
            Register-ArgumentCompleter -Native -CommandName introspect -ScriptBlock {
              param($wordToComplete, $commandAst, $cursorPosition)
              introspect "[suggest:$cursorPosition]" "$commandAst" 2>$null |
                Where-Object { $_ -like "$wordToComplete*" } |
                ForEach-Object { [System.Management.Automation.CompletionResult]::new($_) }
            }
            """,
    };

    private readonly Argument<string> _shell = new("SHELL") { Description = string.Join(", ", Scripts.Keys) + "." };

    public CompletionCommand(Terminal terminal) : base("completion", "Writes what makes a shell complete commands, options and methods.")
    {
        _shell.CompletionSources.Add(_ => Scripts.Keys.Select(s => new System.CommandLine.Completions.CompletionItem(s)));
        Arguments.Add(_shell);
        SetAction(parsed =>
        {
            var shell = parsed.GetRequiredValue(_shell);
            terminal.Out.WriteLine(Scripts.GetValueOrDefault(shell) ?? throw new UsageException($"'{shell}' is no shell that is known here."
                + $"{Nearest.To(shell, Scripts.Keys)} There are {string.Join(", ", Scripts.Keys)}."));
        });
    }

    public IReadOnlyList<HelpSection> HelpSections { get; } =
    [
        new("Examples",
            "bash:        introspect completion bash >> ~/.bashrc",
            "zsh:         introspect completion zsh >> ~/.zshrc",
            "PowerShell:  introspect completion powershell >> $PROFILE"),
    ];
}
