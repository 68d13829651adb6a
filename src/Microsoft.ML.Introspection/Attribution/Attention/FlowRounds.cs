using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Attribution;

/// <summary>
/// Maximum flows by rounds: what enters waits at tokens, and each round every token where something waits sends it to those that are a step
/// nearer to the exit, in proportion to what may still pass, or back to where it came from, until none that waits can leave.
/// Goldberg, Tarjan 1988, doi:10.1145/48014.61051 (push and relabel, all tokens at once).
/// </summary>
/// <param name="capacities">What may pass from each token of a layer to each of the next, of K blocks: [N, 1, K, T, T].</param>
/// <param name="enters">What enters at the tokens of the first layer, for each of P flows: [N, P, T].</param>
/// <param name="leaves">What may leave at those of the last: [N, P, T].</param>
internal sealed class FlowRounds(Value capacities, Value enters, Value leaves)
{
    /// <summary>
    /// Each round a token learns of a way that closed next to it; every so many, all distances are found anew, lest anything wait for long
    /// where no way is left.
    /// </summary>
    private const long RoundsBetween = 16;

    private readonly Graph _graph = capacities.Graph;
    private readonly long _blocks = capacities.Shape[2].Value;

    // A way meets no token twice: from what is farther than this, none leads.
    private readonly long _nowhere = (capacities.Shape[2].Value + 1) * capacities.Shape[^1].Value + 1;

    /// <summary>What leaves in all, [N, P].</summary>
    public Value Flow()
    {
        var none = enters.Unsqueeze(2) * 0;
        var waiting = Operators.Concat(2, [enters.Unsqueeze(2), .. Enumerable.Repeat(none, (int)_blocks)]);
        // Each round, the distance of a token that waits grows, as it can as many times as there are tokens, or what waits the farthest
        // away comes nearer: so many are enough.
        var end = _graph.Loop(_graph.Constant(2 * (_nowhere + 1) * (_nowhere + 1)),
            [waiting, capacities * 0 + none.Unsqueeze(3), leaves * 0, (waiting * 0).Cast(ElementType.Float)], (round, state) =>
            {
                var (waits, sent, left) = (state[0], state[1], state[2]);
                Ways open = new(capacities - sent, sent, leaves - left);
                var distances = Distances(open, round, state[3]);
                var near = Nearer(open, distances);
                var all = Beside(near.Onward.ReduceSum([4], keepDimensions: false), near.Out.Unsqueeze(2))
                    + Beside(none, near.Back.ReduceSum([3], keepDimensions: false));
                var share = CanLeave(waits, distances).Where(waits, waits.Like(0)).OverOrZero(all).Minimum(all.Like(1));
                var (onward, back) = (From(share) * near.Onward, To(share) * near.Back);
                waits = waits - share * all + Beside(none, onward.ReduceSum([3], keepDimensions: false))
                    + Beside(back.ReduceSum([4], keepDimensions: false), none);
                return new LoopStep(
                    [waits, sent + onward - back, left + Layers(share, _blocks, 1).Squeeze(2) * near.Out, distances], [])
                {
                    GoesOn = Some(CanLeave(waits, distances)),
                };
            });
        var flow = end[2].ReduceSum([2], keepDimensions: false);
        return Some(CanLeave(end[0], end[3])).Where(flow.Like(double.NaN), flow);
    }

    // How many steps there are from each token to the exit, [N, P, K + 1, T].
    private Value Distances(Ways open, Value round, Value before)
    {
        var (onward, back, exit) = (IsOpen(open.Onward), IsOpen(open.Back), IsOpen(open.Out).Unsqueeze(2));
        var (nowhere, atExit) = (before.Like(_nowhere), exit.Where(before.Like(0), before.Like(_nowhere)));
        var closed = atExit.FullLike(_nowhere);
        var isAnew = Operators.Emit("Mod", round, round.Like(RoundsBetween)).EqualTo(round.Like(0));
        return _graph.Loop(isAnew.Where(round.Like(_nowhere), round.Like(1)), [isAnew.Where(nowhere, before)], (_, state) =>
        {
            var next = Beside(onward.Where(To(state[0]), nowhere).ReduceMin([4], keepDimensions: false), atExit)
                .Minimum(Beside(closed, back.Where(From(state[0]), nowhere).ReduceMin([3], keepDimensions: false)));
            var nearest = (next + 1).Minimum(nowhere);
            return new LoopStep([nearest], []) { GoesOn = Some(nearest.EqualTo(state[0]).Not()) };
        })[0];
    }

    // What is still open of ways to tokens that are a step nearer.
    private Ways Nearer(Ways open, Value distances)
    {
        var (from, to, last) = (From(distances), To(distances), Layers(distances, _blocks, 1).Squeeze(2));
        return new(Where(open.Onward, from, to + 1), Where(open.Back, to, from + 1), Where(open.Out, last, last.Like(1)));

        static Value Where(Value way, Value distance, Value wanted) =>
            IsOpen(way).And(distance.EqualTo(wanted)).Where(way, way.Like(0));
    }

    private Value CanLeave(Value waits, Value distances) => IsOpen(waits).And(distances.Less(_nowhere));

    private static Value IsOpen(Value way) => way.Greater(FlowGraph.Nothing);

    private static Value Some(Value truths) => truths.AsNumber(ElementType.Float).ReduceMax([0, 1, 2, 3], keepDimensions: false).Greater(0);

    private static Value Beside(Value layers, Value next) => Operators.Concat(2, layers, next);

    // Of the tokens that a block leads from, and those that it leads to: [N, P, K, T, 1] and [N, P, K, 1, T].
    private Value From(Value tokens) => Layers(tokens, 0, _blocks).Unsqueeze(4);

    private Value To(Value tokens) => Layers(tokens, 1, _blocks).Unsqueeze(3);

    private static Value Layers(Value tokens, long first, long count) => tokens.Slice([first], [first + count], [2]);

    /// <summary>What is open between tokens.</summary>
    /// <param name="Onward">To the next layer, [N, P, K, T, T].</param>
    /// <param name="Back">Back from it, what has been sent, the same shape.</param>
    /// <param name="Out">Out of the last one, [N, P, T].</param>
    private readonly record struct Ways(Value Onward, Value Back, Value Out);
}
