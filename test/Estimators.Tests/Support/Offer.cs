using Microsoft.ML.Data;

namespace Microsoft.ML.Introspection.Estimators.Tests.Support;

/// <summary>A home to let, whose price is known to the last term, and so are its Shapley values.</summary>
internal sealed class Offer
{
    private static readonly string[] Towns = ["north", "south", "east"];

    public string Town { get; set; } = "";

    public float Size { get; set; }

    [VectorType(2)]
    public float[] Extras { get; set; } = [];

    public static Offer Number(int i) => new() { Town = Towns[i * 7 % 3], Size = 20 + i * 13 % 50, Extras = [i % 4, i * 3 % 5] };

    public static double Worth(string town) =>
        Array.IndexOf(Towns, town) is >= 0 and var place ? 10 * place * place : throw new ArgumentException($"There is no town '{town}'.");

    public static double Price(Offer offer) => Worth(offer.Town) + 2 * offer.Size + offer.Extras[0] * offer.Extras[1];

    /// <summary>A pipeline that gives the price for a score.</summary>
    public static IEstimator<ITransformer> Pricing(MLContext mlContext) =>
        mlContext.Transforms.CustomMapping<Offer, Priced>((offer, priced) => priced.Score = (float)Price(offer), null);

    public Offer In(string town) => new() { Town = town, Size = Size, Extras = Extras };

    private sealed class Priced
    {
        public float Score { get; set; }
    }
}
