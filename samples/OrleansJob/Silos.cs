using System.Net;
using Orleans.Runtime;
using Orleans.Runtime.Placement;

namespace OrleansJob;

/// <summary>The silos of a cluster, which make files. Which of them are there is asked again and again: others may come.</summary>
/// <param name="cluster">Where they are asked.</param>
/// <param name="folder">Where names of files begin.</param>
/// <param name="atOnce">How many files a silo makes at once.</param>
/// <param name="patience">How long is waited for a silo to be there or to answer, and for a process that has lost its silo.</param>
/// <param name="tell">Is told in a line what happens.</param>
internal sealed class Silos(IGrainFactory cluster, string folder, int atOnce, TimeSpan patience, Action<string> tell)
{
    // What ends every process that takes it up is not taken up for ever.
    private const int MostLosses = 5;

    private static readonly TimeSpan Turn = TimeSpan.FromSeconds(1), AnswerToStop = TimeSpan.FromSeconds(10);

    private readonly Dictionary<Task<Answer?>, (Piece Piece, SiloAddress Silo)> _underWay = [];
    private HashSet<SiloAddress> _known = [];
    private DateTime _seen = DateTime.UtcNow;

    /// <summary>Makes files, in whatever order.</summary>
    /// <param name="pieces">What is to be made.</param>
    /// <param name="cancellation">Stops what is under way; what it has done by then stays on the disk.</param>
    /// <exception cref="JobException">One failed, or too many silos were lost.</exception>
    public async Task Do(IReadOnlyList<Piece> pieces, CancellationToken cancellation)
    {
        var waiting = pieces.ToList();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        try
        {
            while (waiting.Count + _underWay.Count > 0)
            {
                foreach (var silo in await Active())
                    while (_underWay.Values.Count(w => w.Silo.Equals(silo)) < atOnce
                        && waiting.Find(p => p.NotBefore <= DateTime.UtcNow) is { } piece)
                    {
                        waiting.Remove(piece);
                        _underWay.Add(Ask(piece, silo, stop.Token), (piece, silo));
                    }
                await Task.WhenAny([.. _underWay.Keys, Task.Delay(Turn, stop.Token)]);
                stop.Token.ThrowIfCancellationRequested();
                foreach (var task in _underWay.Keys.Where(t => t.IsCompleted).ToList())
                {
                    _underWay.Remove(task, out var work);
                    if (!IsMade(work.Piece, work.Silo.Endpoint, await task))
                        waiting.Add(work.Piece);
                }
            }
        }
        catch
        {
            await stop.CancelAsync();
            await StopAll();
            throw;
        }
    }

    // Whether the file is there now; if not, it is begun again, or the job ends.
    private bool IsMade(Piece piece, IPEndPoint silo, Answer? answer)
    {
        switch (answer?.State)
        {
            case State.Done:
                tell($"{piece.Name} is done, by {silo}: {answer.Said}");
                return true;
            case State.Failed:
                throw new JobException($"{piece.Name} failed on {silo}.{Environment.NewLine}{answer.Said}");
            case State.Elsewhere:
                piece.NotBefore = DateTime.UtcNow + Turn / 4;
                return false;
            case State.InUse:
                if (piece.HeldSince is null)
                    tell($"{piece.Name} is still in the hands of a process that has lost its silo; it is waited for.");
                piece.HeldSince ??= DateTime.UtcNow;
                if (DateTime.UtcNow - piece.HeldSince > patience)
                    throw new JobException($"{piece.Name} was waited for in vain.{Environment.NewLine}{answer.Said}");
                piece.NotBefore = DateTime.UtcNow + Turn;
                return false;
            default:
                if (++piece.Losses == MostLosses)
                    throw new JobException($"{piece.Name} was begun {MostLosses} times, and never came to its end (last on {silo}: "
                        + $"{answer?.Said ?? "the silo was lost"}).");
                tell($"{piece.Name} was lost with {(answer is null ? "" : "its process on ")}{silo}; it is begun again.");
                return false;
        }
    }

    // Null where the silo is lost. A grain answers within moments, whatever it has to do: it is asked until it is done.
    private async Task<Answer?> Ask(Piece piece, SiloAddress silo, CancellationToken cancellation)
    {
        var request = new Request(folder, piece.Arguments, silo);
        var heard = DateTime.UtcNow;
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            try
            {
                RequestContext.Set(IPlacementDirector.PlacementHintKey, silo);
                var answer = await Grain(piece).Run(request).WaitAsync(cancellation);
                if (answer.State != State.UnderWay)
                    return answer;
                heard = DateTime.UtcNow;
            }
            catch (Exception error) when (IsSilence(error))
            {
                if (!(await Active()).Contains(silo))
                    return null;
                if (DateTime.UtcNow - heard > patience)
                    throw new JobException($"{silo.Endpoint} is said to be there, and has not answered for {patience.TotalSeconds:0} s: "
                        + error.Message, error);
                await Task.Delay(Turn, cancellation);
            }
        }
    }

    private async Task<IReadOnlyCollection<SiloAddress>> Active()
    {
        try
        {
            _known = [.. (await cluster.GetGrain<IManagementGrain>(0).GetHosts(onlyActive: true)).Keys];
            _seen = DateTime.UtcNow;
        }
        catch (Exception error) when (IsSilence(error))
        {
            // Asked again in a moment; until then what was known is.
            if (DateTime.UtcNow - _seen > patience)
                throw new JobException($"No silo has answered for {patience.TotalSeconds:0} s: {error.Message}", error);
        }
        return _known;
    }

    private async Task StopAll()
    {
        try
        {
            await Task.WhenAll(_underWay.Values.Select(w => Grain(w.Piece).Stop())).WaitAsync(AnswerToStop);
        }
        catch (Exception error) when (IsSilence(error))
        {
            tell("Not every silo has answered; what it has under way may go on to its end.");
        }
    }

    private IIntrospectGrain Grain(Piece piece) => cluster.GetGrain<IIntrospectGrain>(Path.Combine(folder, piece.File));

    // What a silo that is lost, or too busy, looks like from here.
    private static bool IsSilence(Exception error) =>
        error is TimeoutException or OrleansException or IOException or ObjectDisposedException;
}
