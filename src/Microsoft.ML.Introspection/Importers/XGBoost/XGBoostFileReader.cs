using Microsoft.ML.Introspection.Importers.Documents;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Importers.XGBoost;

/// <summary>Picks from a document what explains the model, in one pass; everything else is passed over.</summary>
internal static class XGBoostFileReader
{
    public static XGBoostFile Read<TReader>(ref TReader reader) where TReader : IDocumentReader
    {
        var file = new XGBoostFile();
        reader.BeginObject();
        while (reader.NextMember(out var name))
        {
            if (name == "learner")
                ReadLearner(ref reader, file);
            else
                reader.Skip();
        }
        reader.End();
        return file;
    }

    private static void ReadLearner<TReader>(ref TReader reader, XGBoostFile file) where TReader : IDocumentReader
    {
        file.HasLearner = true;
        reader.BeginObject();
        while (reader.NextMember(out var name))
        {
            switch (name)
            {
                case "feature_names":
                    reader.BeginList();
                    while (reader.NextElement())
                        file.FeatureNames.Add(reader.Text());
                    break;
                case "learner_model_param": file.Parameters = Texts(ref reader); break;
                case "gradient_booster": ReadBooster(ref reader, file); break;
                case "objective": file.Objective = Text(ref reader, "name"); break;
                case "attributes": file.BestIteration = Text(ref reader, "best_iteration"); break;
                default: reader.Skip(); break;
            }
        }
    }

    // Dart keeps a whole gbtree within itself, and the weights of its trees beside it; since XGBoost 3.4 they lie within the model.
    private static void ReadBooster<TReader>(ref TReader reader, XGBoostFile file, bool isInner = false)
        where TReader : IDocumentReader
    {
        reader.BeginObject();
        while (reader.NextMember(out var name))
        {
            switch (name)
            {
                case "name" when !isInner: file.Booster = reader.Text(); break;
                case "gbtree" when !isInner: ReadBooster(ref reader, file, isInner: true); break;
                case "model": ReadModel(ref reader, file); break;
                case "weight_drop": file.TreeWeights = reader.Numbers<float>(); break;
                default: reader.Skip(); break;
            }
        }
    }

    private static void ReadModel<TReader>(ref TReader reader, XGBoostFile file) where TReader : IDocumentReader
    {
        reader.BeginObject();
        while (reader.NextMember(out var name))
        {
            switch (name)
            {
                case "trees":
                    file.HasTrees = true;
                    reader.BeginList();
                    while (reader.NextElement())
                        file.Trees.Add(ReadTree(ref reader, file.Trees.Count));
                    break;
                case "iteration_indptr": file.RoundStarts = reader.Numbers<int>(); break;
                case "gbtree_model_param": file.ParallelTrees = Text(ref reader, "num_parallel_tree"); break;
                case "tree_info": file.TreeInfo = reader.Numbers<int>(); break;
                case "weight_drop": file.TreeWeights = reader.Numbers<float>(); break;
                default: reader.Skip(); break;
            }
        }
    }

    private static XGBoostTree ReadTree<TReader>(ref TReader reader, int number) where TReader : IDocumentReader
    {
        try
        {
            return ReadTree(ref reader);
        }
        catch (InvalidModelException e)
        {
            throw new InvalidModelException($"Tree {number}: {e.Message}", e);
        }
    }

    private static XGBoostTree ReadTree<TReader>(ref TReader reader) where TReader : IDocumentReader
    {
        var tree = new XGBoostTree();
        reader.BeginObject();
        while (reader.NextMember(out var name))
        {
            switch (name)
            {
                case "left_children": tree.Left = reader.Numbers<int>(); break;
                case "right_children": tree.Right = reader.Numbers<int>(); break;
                case "split_indices": tree.Features = reader.Numbers<int>(); break;
                case "split_conditions": tree.Conditions = reader.Numbers<float>(); break;
                case "default_left": tree.DefaultLeft = reader.Numbers<int>(); break;
                case "sum_hessian": tree.Hessians = reader.Numbers<float>(); break;
                case "base_weights": tree.BaseWeights = reader.Numbers<float>(); break;
                case "leaf_weights": tree.LeafWeights = reader.Numbers<float>(); break;
                case "split_type": tree.SplitTypes = reader.Numbers<int>(); break;
                case "categories": tree.Categories = reader.Numbers<int>(); break;
                case "categories_nodes": tree.CategoryNodes = reader.Numbers<int>(); break;
                case "categories_segments": tree.CategorySegments = reader.Numbers<int>(); break;
                case "categories_sizes": tree.CategorySizes = reader.Numbers<int>(); break;
                case "tree_param": tree.Parameters = Texts(ref reader); break;
                default: reader.Skip(); break;
            }
        }
        return tree;
    }

    private static Dictionary<string, string> Texts<TReader>(ref TReader reader) where TReader : IDocumentReader
    {
        var texts = new Dictionary<string, string>();
        reader.BeginObject();
        while (reader.NextMember(out var name))
            texts[name] = reader.Text();
        return texts;
    }

    private static string? Text<TReader>(ref TReader reader, string wanted) where TReader : IDocumentReader
    {
        string? found = null;
        reader.BeginObject();
        while (reader.NextMember(out var name))
        {
            if (name == wanted)
                found = reader.Text();
            else
                reader.Skip();
        }
        return found;
    }
}
