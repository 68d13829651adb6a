using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Attribution;

public abstract partial record Baseline
{
    /// <summary>
    /// What a layer makes of a baseline of the network's input (of an input of token numbers, of its embedding): for layers, whose own zero
    /// may be nothing that the network ever makes.
    /// </summary>
    /// <param name="baseline">The baseline at the input.</param>
    public static Baseline AtInput(Baseline baseline)
    {
        ArgumentNullException.ThrowIfNull(baseline);
        return baseline is EntranceBaseline ? baseline : new EntranceBaseline(baseline);
    }

    private sealed record EntranceBaseline(Baseline Inner) : Baseline
    {
        public Value At(Question question)
        {
            if (question.Parts.Count > 1)
                throw new ArgumentException($"The baseline {this} is for one layer; '{question.Place}' are attributed to. Ask for each "
                    + "alone.");
            var entrance = question.Entrance;
            return entrance.Place == question.Place ? Inner.Of(question)
                : question.Once("baseline", this, () => entrance.At(Inner.Of(entrance), at => at.Trace.Tensor(question.Place)));
        }

        private protected override IEnumerable<Value> All(Place place) =>
            throw new ArgumentException($"The baseline {this} asks a network, and cannot stand among others. Give it alone.");

        public override string ToString() => $"input:{Inner}";
    }
}
