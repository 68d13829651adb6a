using System.Text;
using Microsoft.ML.Introspection.Importers;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Tests.Importers;

[TestClass]
public sealed class RefusingXGBoostModels
{
    // Three nodes, two features; every test replaces a piece.
    private const string Sound = """
        {"learner":{"feature_names":["a","b"],"gradient_booster":{"model":{"gbtree_model_param":{"num_trees":"1"},"tree_info":[0],"trees":[
        {"default_left":[1,0,0],"left_children":[1,-1,-1],"right_children":[2,-1,-1],"split_conditions":[0.5,-1,2],"split_indices":[1,0,0],"sum_hessian":[4,1,3],
        "split_type":[1,0,0],"categories":[3,7],"categories_nodes":[0],"categories_segments":[0],"categories_sizes":[2],
        "tree_param":{"num_nodes":"3","size_leaf_vector":"1"}}]},"name":"gbtree"},
        "learner_model_param":{"base_score":"[5E-1]","num_class":"0","num_feature":"2","num_target":"1"},
        "objective":{"name":"binary:logistic"}},"version":[3,4,1]}
        """;

    [TestMethod]
    public void The_sound_model_is_read() => Assert.HasCount(1, Parse(Sound).Trees);

    [TestMethod]
    [DataRow("\"name\":\"gbtree\"", "\"name\":\"gblinear\"", "linear model without trees")]
    [DataRow("\"name\":\"gbtree\"", "\"name\":\"other\"", "'other'")]
    [DataRow(",\"name\":\"gbtree\"", "", "does not name its booster")]
    [DataRow("binary:logistic", "own:loss", "'own:loss'")]
    [DataRow("learner\"", "model\"", "no 'learner'")]
    [DataRow("\"trees\"", "\"others\"", "no 'trees'")]
    [DataRow("learner_model_param", "others", "no 'learner_model_param'")]
    [DataRow("\"objective\"", "\"others\"", "no 'objective'")]
    [DataRow("\"tree_info\"", "\"others\"", "no 'tree_info'")]
    [DataRow("\"base_score\"", "\"others\"", "no 'base_score'")]
    [DataRow("[5E-1]", "[5E-1,5E-1]", "'base_score' holds 2 numbers")]
    [DataRow("[5E-1]", "[15E-1]", "'base_score' is '15E-1'")]
    [DataRow("[5E-1]", "[NaN]", "'base_score' is 'NaN'")]
    [DataRow("[5E-1]", "half", "'base_score' is 'half'")]
    [DataRow("\"num_feature\":\"2\"", "\"num_feature\":\"0\"", "'num_feature' is '0'")]
    [DataRow("\"num_feature\":\"2\"", "\"num_feature\":\"999999999999\"", "'num_feature' is '999999999999'")]
    [DataRow("\"num_feature\":\"2\"", "\"num_feature\":\"3\"", "names 2 features")]
    [DataRow("\"num_class\":\"0\"", "\"num_class\":\"2000000000\"", "'num_class' is '2000000000'")]
    [DataRow("\"tree_info\":[0]", "\"tree_info\":[0,1]", "'tree_info' holds 2 numbers; 1 were expected")]
    [DataRow("\"tree_info\":[0]", "\"tree_info\":[1]", "Tree 0: It adds to the output 1")]
    [DataRow("\"tree_info\":[0]", "\"tree_info\":[-1]", "Tree 0: It adds to the output -1")]
    [DataRow("\"tree_info\":[0]", "\"tree_info\":[0],\"weight_drop\":[1,2]", "'weight_drop' holds 2 numbers")]
    public void Errors_of_the_learner_say_what_was_expected(string text, string replacement, string expected) =>
        Assert.Contains(expected, Refused(text, replacement));

    [TestMethod]
    [DataRow("\"left_children\":[1,-1,-1]", "\"left_children\":[1,-1]", "'num_nodes'")]
    [DataRow("\"left_children\":[1,-1,-1]", "\"left_children\":[0,-1,-1]", "reached twice")]
    [DataRow("\"left_children\":[1,-1,-1]", "\"left_children\":[2,-1,-1]", "reached twice")]
    [DataRow("\"left_children\":[1,-1,-1]", "\"left_children\":[3,-1,-1]", "children")]
    [DataRow("\"left_children\":[1,-1,-1]", "\"left_children\":[-2,-1,-1]", "children")]
    [DataRow("\"left_children\"", "\"others\"", "no 'left_children'")]
    [DataRow("\"right_children\":[2,-1,-1]", "\"right_children\":[2,-1]", "'right_children' holds 2 numbers; 3 were expected")]
    [DataRow("\"split_indices\":[1,0,0]", "\"split_indices\":[2,0,0]", "Node 0 asks feature 2")]
    [DataRow("\"split_indices\":[1,0,0]", "\"split_indices\":[-1,0,0]", "Node 0 asks feature -1")]
    [DataRow("\"split_indices\":[1,0,0]", "\"split_indices\":[1.5,0,0]", "At byte")]
    [DataRow("\"split_indices\":[1,0,0]", "\"split_indices\":[99999999999,0,0]", "a whole number of 32 bits")]
    [DataRow("\"split_conditions\":[0.5,-1,2]", "\"split_conditions\":[0.5,NaN,2]", "leaf")]
    [DataRow("\"split_conditions\":[0.5,-1,2]", "\"split_conditions\":[0.5,1e999,2]", "leaf")]
    [DataRow("\"split_type\":[1,0,0]", "\"split_type\":[0,0,0]", "'categories_nodes' names node 0")]
    [DataRow("\"split_type\":[1,0,0]", "\"split_type\":[7,0,0]", "split type 7")]
    [DataRow("\"categories_nodes\":[0]", "\"categories_nodes\":[]", "must be as many")]
    [DataRow("\"categories_nodes\":[0]", "\"categories_nodes\":[9]", "'categories_nodes' names node 9")]
    [DataRow("\"categories_segments\":[0]", "\"categories_segments\":[1]", "'categories' holds 2")]
    [DataRow("\"categories_segments\":[0]", "\"categories_segments\":[2147483647]", "'categories' holds 2")]
    [DataRow("\"categories_sizes\":[2]", "\"categories_sizes\":[0]", "'categories' holds 2")]
    [DataRow("\"sum_hessian\":[4,1,3]", "\"sum_hessian\":[4,-1,3]", "cover")]
    [DataRow("\"sum_hessian\":[4,1,3]", "\"sum_hessian\":[4]", "'sum_hessian' holds 1 numbers")]
    [DataRow("\"size_leaf_vector\":\"1\"", "\"size_leaf_vector\":\"3\"", "'size_leaf_vector'")]
    [DataRow("\"size_leaf_vector\":\"1\"", "\"size_leaf_vector\":\"many\"", "'size_leaf_vector' is 'many'")]
    public void Errors_of_a_tree_name_it_and_the_node(string text, string replacement, string expected)
    {
        var message = Refused(text, replacement);
        Assert.StartsWith("Tree 0: ", message);
        Assert.Contains(expected, message);
    }

    [TestMethod]
    [DataRow("\"base_weights\":[1,2,3]", "'base_weights' holds 3 numbers; 6 were expected")]
    [DataRow("\"leaf_weights\":[1,2]", "Node 1 is the leaf -1")]
    [DataRow("\"others\":[]", "no 'base_weights'")]
    public void Leaves_of_several_targets_must_have_their_values(string weights, string expected) =>
        Assert.Contains(expected, Assert.ThrowsExactly<InvalidModelException>(() => Parse(Sound
        .Replace("\"num_target\":\"1\"", "\"num_target\":\"2\"").Replace("\"size_leaf_vector\":\"1\"", "\"size_leaf_vector\":\"2\"")
        .Replace("\"split_type\"", weights + ",\"split_type\""))).Message);

    [TestMethod]
    public void A_trace_below_0_is_no_cover() => Assert.AreEqual(0, Parse(Sound.Replace("[4,1,3]", "[4,-1e-9,3]")).Trees[0].Nodes[2].Cover);

    [TestMethod]
    public void Several_expectiles_are_refused() =>
        Assert.Contains("expectiles", Assert.ThrowsExactly<InvalidModelException>(() => Parse(Sound
        .Replace("\"num_target\":\"1\"", "\"num_target\":\"2\"").Replace("binary:logistic", "reg:expectileerror"))).Message);

    [TestMethod]
    public void Other_formats_are_refused_with_what_to_do()
    {
        Assert.Contains("save_model('model.ubj')", Refused("binf\0\0\0?"u8));
        Assert.Contains("save_model('model.json')", Refused("booster[0]:\n0:[f1<0.5]"u8));
        Assert.Contains("save_model('model.json')", Refused("[{\"nodeid\": 0}]"u8));
        Assert.Contains("found was nothing", Refused([]));
        Assert.Contains("found was 'PK", Refused("PK zip"u8));
        Assert.Contains("no 'learner'", Refused("{}"u8));
    }

    [TestMethod]
    public void Files_are_named_in_errors()
    {
        using var folder = new Data.TemporaryFolder();
        var path =
            folder.Write("model.json", Encoding.UTF8.GetBytes(Sound.Replace("\"split_indices\":[1,0,0]", "\"split_indices\":[2,0,0]")));
        var message = Assert.ThrowsExactly<InvalidModelException>(() => XGBoostModel.Load(path)).Message;
        Assert.Contains(path, message);
        Assert.Contains("Tree 0: Node 0 asks feature 2", message);
        Assert.ThrowsExactly<FileNotFoundException>(() => XGBoostModel.Load(folder["missing.json"]));
    }

    private static TreeEnsemble Parse(string text) => XGBoostModel.Parse(Encoding.UTF8.GetBytes(text));

    private static string Refused(string text, string replacement)
    {
        Assert.Contains(text, Sound);
        return Assert.ThrowsExactly<InvalidModelException>(() => Parse(Sound.Replace(text, replacement))).Message;
    }

    private static string Refused(ReadOnlySpan<byte> bytes)
    {
        var content = bytes.ToArray();
        return Assert.ThrowsExactly<InvalidModelException>(() => XGBoostModel.Parse(content)).Message;
    }
}
