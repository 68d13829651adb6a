using Microsoft.ML.Introspection.Models;


namespace Microsoft.ML.Introspection.Reports;

/// <summary>How scores become predictions, and back: 1/(1+e^−(slope·s+offset)), or eˢ.</summary>
internal readonly record struct LinkCurve(bool IsLogistic, double Slope, double Offset)
{
    /// <summary>The curve of a link that an axis can show; null for others.</summary>
    public static LinkCurve? Of(ScoreLink link) => link switch
    {
        ScoreLink.LogisticLink logistic when logistic.Slope != 0 => new LinkCurve(true, logistic.Slope, logistic.Offset),
        ScoreLink.ExponentialLink => new LinkCurve(false, 1, 0),
        _ => null,
    };

    /// <summary>What an axis of predictions is called, in little room.</summary>
    public string Short => IsLogistic ? "prob." : "pred.";

    /// <summary>What an axis of predictions is called.</summary>
    public string Name => IsLogistic ? "probability" : "prediction";

    public double PredictionAt(double score) => IsLogistic ? 1 / (1 + Math.Exp(-(Slope * score + Offset))) : Math.Exp(score);

    public double ScoreAt(double prediction) =>
        IsLogistic ? (Math.Log(prediction / (1 - prediction)) - Offset) / Slope : Math.Log(prediction);

    public string Format(double prediction) => IsLogistic ? Numbers.Percent(prediction) : Numbers.Format(prediction);
}
