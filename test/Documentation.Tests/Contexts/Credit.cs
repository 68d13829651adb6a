using System.Globalization;

namespace Microsoft.ML.Introspection.Documentation.Tests.Contexts;

/// <summary>A folder with a made-up table of applications for credit as <c>applications.csv</c>.</summary>
public class InCreditFolder : Context
{
    private const int Applications = 3000;

    private static readonly (string Name, double Worth)[] Employments = [("permanent", 0.7), ("fixed-term", -0.2), ("self-employed", 0.1), ("none", -1.4)];
    private static readonly (string Name, double Wealth)[] Districts = [("Harbour", -0.25), ("Old town", 0.1), ("Hill", 0.35), ("Mill", -0.1)];

    /// <inheritdoc/>
    public override void Enter()
    {
        base.Enter();
        var random = new Random(5);
        File.WriteAllLines("applications.csv",
            ["Number,Age,Income,Amount,Months,Savings,Employment,District,Repaid", .. Enumerable.Range(0, Applications).Select(i => Line(random, i))]);
    }

    // The rule: what one earns beside what one has to pay back each month, what is saved, and the employment. The district counts for nothing, but
    // goes with the income.
    private static string Line(Random random, int number)
    {
        var (employment, district) = (Employments[random.Next(4)], Districts[random.Next(4)]);
        var age = 19 + random.Next(55);
        var income = Math.Round(1200 * Math.Exp(0.5 * Normal(random) + district.Wealth + (employment.Name == "none" ? -0.5 : 0.3)), 0);
        var (amount, months) = (500 * (1 + random.Next(40)), 6 * (1 + random.Next(12)));
        var savings = Math.Round(800 * Math.Exp(1.2 * Normal(random) + 0.02 * (age - 40)), 0);
        var burden = amount / (double)months / income;
        var odds = 2.2 - 5 * burden + 0.35 * Math.Log(1 + savings / 500) + employment.Worth - 0.015 * months;
        return string.Create(CultureInfo.InvariantCulture,
            $"A-{1000 + number},{age},{income},{amount},{months},{savings},{employment.Name},{district.Name},{(random.NextDouble() < 1 / (1 + Math.Exp(-odds)) ? 1 : 0)}");
    }

    private static double Normal(Random random) => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
