using Orleans.Placement;
using Orleans.Runtime;

namespace OrleansJob;

/// <summary>Holds the process that makes one file, and forgets it at its end: what is done is told by the disk.</summary>
/// <remarks>Random placement takes the hint that a request carries; other strategies need not.</remarks>
[RandomPlacement]
internal sealed class IntrospectGrain(IntrospectProcesses processes, ILocalSiloDetails silo) : Grain, IIntrospectGrain
{
    // Well below the time after which a caller thinks that nobody answers.
    private static readonly TimeSpan Moment = TimeSpan.FromSeconds(2);

    private IntrospectProcess? _process;

    public async Task<Answer> Run(Request request)
    {
        if (_process is null && (processes.AreStopping || !request.Silo.Equals(silo.SiloAddress)))
        {
            DeactivateOnIdle();
            return new Answer(State.Elsewhere);
        }
        var process = _process ??= processes.Start(request, this.GetPrimaryKeyString());
        if (!process.Arguments.SequenceEqual(request.Arguments))
            return new Answer(State.Failed, $"error: Another command is making '{this.GetPrimaryKeyString()}' just now.");
        if (await Task.WhenAny(process.End, Task.Delay(Moment)) != process.End)
            return new Answer(State.UnderWay);
        if (_process == process)
        {
            _process = null;
            DeactivateOnIdle();
        }
        return await process.End;
    }

    public async Task Stop()
    {
        if (_process is not { } process)
            return;
        process.Kill();
        await process.End;
    }

    // Nobody has asked for long, or the silo stops.
    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken) => Stop();
}
