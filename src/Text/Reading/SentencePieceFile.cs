using Google.Protobuf;
using Microsoft.ML.Introspection.Text.Normalizing;
using Microsoft.ML.Introspection.Text.Subwords;

namespace Microsoft.ML.Introspection.Text.Reading;

/// <summary><c>.model</c>: SentencePiece's message of pieces, of how it was trained, and of how texts are written.</summary>
internal static class SentencePieceFile
{
    private const int Unigram = 1, Pairs = 2;

    /// <summary>Reads the file.</summary>
    public static TokenizerDefinition Read(string path, TokenizerOptions options)
    {
        var model = new Content();
        try
        {
            model.ReadFrom(new CodedInputStream(TokenizerFile.Bytes(path)));
        }
        catch (InvalidProtocolBufferException e)
        {
            throw new InvalidDataException($"'{path}' is no SentencePiece model, or damaged: {e.Message}", e);
        }
        if (model.Pieces.Count == 0)
            throw new InvalidDataException($"'{path}' holds no piece; a SentencePiece model was expected.");
        if (model.Type is not (Unigram or Pairs))
            throw new InvalidDataException($"'{path}' is a SentencePiece model of "
                + $"{(model.Type == 3 ? "words" : model.Type == 4 ? "characters" : $"type {model.Type}")}; unigram and BPE were expected.");
        if (model.Pieces.Exists(p => p.Kind == PieceKind.Unused) && model.Type == Pairs)
            throw new InvalidDataException($"'{path}' marks pieces as unused, which is not followed for BPE. Save the model without them.");
        var vocabulary = new Vocabulary(model.Pieces.Select((p, i) => KeyValuePair.Create(p.Text, i)), path);
        var given = model.Pieces.Where(p => p.Kind == PieceKind.Given).Select((p, i) => KeyValuePair.Create(p.Text, i)).ToList();
        var form = new SentencePieceForm(CharacterMap.Read(model.Map.Span, path), model.AddPrefix, model.RemoveExtraSpaces,
            model.EscapeSpaces, model.SpaceAsSuffix, given.Count > 0 ? new PieceIndex(given.DistinctBy(p => p.Key)) : null);
        var begin = Added(options.AddBeginning ?? true, options.AddBeginning == true, model.Begin, "beginning");
        var end = Added(options.AddEnd ?? (model.Type == Unigram || begin is null), options.AddEnd == true, model.End, "end");
        return new TokenizerDefinition
        {
            Kind = model.Type == Pairs ? "SentencePiece BPE" : "SentencePiece unigram",
            Vocabulary = vocabulary,
            Subwords = new SentencePieces(model.Pieces, form, model.Type == Pairs, model.ByteFallback, path),
            Template = Template.Each(begin, end),
            PaddingId = InRange(model.Padding) ?? InRange(model.End) ?? 0,
            UnknownId = InRange(model.Unknown),
        };

        int? InRange(int id) => id >= 0 && id < model.Pieces.Count ? id : null;

        int? Added(bool wanted, bool asked, int id, string place) => !wanted ? null : InRange(id) ?? (asked
            ? throw new InvalidDataException($"'{path}' has no token for the {place} of a text, which was asked for.") : null);
    }

    // The fields that count, by their numbers in sentencepiece_model.proto, and what they are where the file is silent.
    private sealed class Content
    {
        public List<Piece> Pieces { get; } = [];
        public int Type { get; private set; } = Unigram;
        public bool SpaceAsSuffix { get; private set; }
        public bool ByteFallback { get; private set; }
        public int Unknown { get; private set; }
        public int Begin { get; private set; } = 1;
        public int End { get; private set; } = 2;
        public int Padding { get; private set; } = -1;
        public ByteString Map { get; private set; } = ByteString.Empty;
        public bool AddPrefix { get; private set; } = true;
        public bool RemoveExtraSpaces { get; private set; } = true;
        public bool EscapeSpaces { get; private set; } = true;

        public void ReadFrom(CodedInputStream model) => Fields(model, (number, input) =>
        {
            switch (number)
            {
                case 1:
                    if (Pieces.Count >= Vocabulary.MostTokens)
                        throw new InvalidDataException($"A SentencePiece model of at most {Vocabulary.MostTokens} pieces was expected.");
                    Pieces.Add(ReadPiece(Inner(input)));
                    return true;
                case 2:
                    ReadTraining(Inner(input));
                    return true;
                case 3:
                    ReadForm(Inner(input));
                    return true;
                default:
                    return false;
            }
        });

        private static Piece ReadPiece(CodedInputStream message)
        {
            var piece = new Piece("", 0, PieceKind.Normal);
            Fields(message, (number, input) =>
            {
                piece = number switch
                {
                    1 => piece with { Text = input.ReadString() },
                    2 => piece with { Score = input.ReadFloat() },
                    3 => piece with { Kind = (PieceKind)input.ReadEnum() },
                    _ => piece,
                };
                return number <= 3;
            });
            return piece;
        }

        private void ReadTraining(CodedInputStream message) => Fields(message, (number, input) =>
        {
            switch (number)
            {
                case 3: Type = input.ReadEnum(); return true;
                case 24: SpaceAsSuffix = input.ReadBool(); return true;
                case 35: ByteFallback = input.ReadBool(); return true;
                case 40: Unknown = input.ReadInt32(); return true;
                case 41: Begin = input.ReadInt32(); return true;
                case 42: End = input.ReadInt32(); return true;
                case 43: Padding = input.ReadInt32(); return true;
                default: return false;
            }
        });

        private void ReadForm(CodedInputStream message) => Fields(message, (number, input) =>
        {
            switch (number)
            {
                case 2: Map = input.ReadBytes(); return true;
                case 3: AddPrefix = input.ReadBool(); return true;
                case 4: RemoveExtraSpaces = input.ReadBool(); return true;
                case 5: EscapeSpaces = input.ReadBool(); return true;
                default: return false;
            }
        });

        private static CodedInputStream Inner(CodedInputStream input) => input.ReadBytes().CreateCodedInput();

        private static void Fields(CodedInputStream input, Func<int, CodedInputStream, bool> read)
        {
            while (input.ReadTag() is not 0 and var tag)
                if (!read(WireFormat.GetTagFieldNumber(tag), input))
                    input.SkipLastField();
        }
    }
}
