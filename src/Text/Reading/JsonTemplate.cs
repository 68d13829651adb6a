using System.Text.Json;
using Microsoft.ML.Introspection.Text.Subwords;

namespace Microsoft.ML.Introspection.Text.Reading;

/// <summary>What a tokenizer.json puts around texts, and whether it trims spans.</summary>
internal static class JsonTemplate
{
    /// <summary>Reads the post-processor.</summary>
    public static (Template Template, SpanTrimming Trimming) Read(JsonNode node, Vocabulary vocabulary)
    {
        switch (node.Type)
        {
            case "Sequence":
                var (template, trimming) = (Template.Bare, SpanTrimming.None);
                foreach (var step in node["processors"].Items.Select(p => Read(p, vocabulary)))
                {
                    template = step.Template == Template.Bare ? template : step.Template;
                    trimming = step.Trimming == SpanTrimming.None ? trimming : step.Trimming;
                }
                return (template, trimming);
            case "BertProcessing":
                return (Template.Bert(Named(node["cls"]), Named(node["sep"])), SpanTrimming.None);
            case "RobertaProcessing":
                return (Template.Roberta(Named(node["cls"]), Named(node["sep"])), Trimming(node));
            case "ByteLevel":
                return (Template.Bare, Trimming(node));
            case "TemplateProcessing":
                return (new Template([.. Parts(node["single"], node, vocabulary)], [.. Parts(node["pair"], node, vocabulary)]),
                    SpanTrimming.None);
            default:
                throw node.Unknown("post_processor", "Sequence, BertProcessing, RobertaProcessing, ByteLevel, TemplateProcessing");
        }
    }

    private static int Named(JsonNode pair) =>
        pair.Items.ToArray() is [_, var id] ? id.Int : throw pair.Unexpected("a token and its number");

    private static SpanTrimming Trimming(JsonNode node) =>
        new(node.Flag("trim_offsets", true), node.Flag("trim_offsets", true) && node.Flag("add_prefix_space", true));

    private static IEnumerable<TemplatePart> Parts(JsonNode parts, JsonNode node, Vocabulary vocabulary)
    {
        foreach (var part in parts.Items)
            if (part.Optional("Sequence") is { } sequence)
                yield return new TemplatePart(null, sequence["id"].Text switch
                {
                    "A" => 0,
                    "B" => 1,
                    _ => throw sequence["id"].Unexpected("A or B"),
                }, sequence.Optional("type_id")?.Int ?? 0);
            else
            {
                var (special, type) = (part["SpecialToken"], part["SpecialToken"].Optional("type_id")?.Int ?? 0);
                var name = special["id"].Text;
                if (node["special_tokens"].Optional(name)?["ids"] is { Element.ValueKind: JsonValueKind.Array } ids)
                    foreach (var id in ids.Items)
                        yield return new TemplatePart(id.Int, 0, type);
                else
                    yield return new TemplatePart(vocabulary.IdOf(name) ?? throw special.Unexpected("a token of the vocabulary"), 0, type);
            }
    }
}
